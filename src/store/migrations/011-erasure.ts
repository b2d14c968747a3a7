import { type Kysely, sql } from 'kysely';

/** Data keys of persons, requests to be erased, and who was: `../tables.ts`. */
const STATEMENTS = [
  `create table keys (
     id uuid primary key, master text, wrapped bytea,
     created_at timestamptz not null default now(), destroyed_at timestamptz)`,
  `create index keys_master on keys (master) where master is not null`,
  `create table erasures (
     id bigserial primary key,
     source text not null, requested_at timestamptz not null default now(),
     persons uuid[] not null, runs jsonb, removed jsonb,
     state text not null default 'due', done_at timestamptz)`,
  `create index erasures_open on erasures (id) where state <> 'done'`,
  `create table erased (person uuid primary key, at timestamptz not null default now())`,
];

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

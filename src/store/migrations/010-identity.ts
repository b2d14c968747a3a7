import { type Kysely, sql } from 'kysely';

/** Addresses that were someone's once, and what became of people's identities, for operators: `../tables.ts`. */
const STATEMENTS = [
  `alter table identifiers add column former boolean not null default false`,
  `create table identity_notes (
     id bigserial primary key,
     at timestamptz not null default now(),
     person uuid not null references persons,
     what text not null, kind text not null,
     other uuid references persons,
     source text not null, event text not null)`,
  `create index identity_notes_person on identity_notes (person)`,
  `create index identity_notes_other on identity_notes (other) where other is not null`,
];

export async function up(db: Kysely<never>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

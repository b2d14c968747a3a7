import { type Kysely, sql } from 'kysely';

/** What Mapp is to hold of a person because producers say so, and the audience exports: `../tables.ts`. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(`
    create table syncs (
      person uuid not null references persons, target text not null,
      job text not null, value jsonb not null, address jsonb,
      at timestamptz not null, version integer not null default 1,
      state text not null default 'due', reason text, tries integer not null default 0,
      due_at timestamptz not null default now(), sent_at timestamptz,
      primary key (person, target))`)
    .execute(db);
  await sql.raw(`create index syncs_due on syncs (due_at) where state = 'due'`).execute(db);
  await sql.raw('create index syncs_job on syncs (job, state)').execute(db);
  await sql
    .raw(`
    create table exports (
      name text primary key, settings text not null, seeded_at timestamptz,
      file text, lines bigint not null default 0, without bigint not null default 0, finished_at timestamptz)`)
    .execute(db);
}

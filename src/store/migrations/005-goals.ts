import { type Kysely, sql } from 'kysely';

/** One row per goal of each run, from its entry on: `../tables.ts`. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(`
    create table goals (
      entry uuid not null references entries, name text not null,
      person uuid not null references persons,
      until timestamptz, counted_at timestamptz, inbox bigint references inbox,
      primary key (entry, name))`)
    .execute(db);
  await sql.raw('create index goals_open on goals (person) where counted_at is null').execute(db);
}

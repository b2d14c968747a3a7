import { type Kysely, sql } from 'kysely';

/** Since when somebody has an identifier: of several of a kind, the one that came last is written to. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table identifiers add column since timestamptz not null default now()').execute(db);
}

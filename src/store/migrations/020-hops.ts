import { type Kysely, sql } from 'kysely';

/** How many hand-overs from flow to flow led to an entry at once: flows that start each other have to end. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table entries add column hops integer not null default 0').execute(db);
}

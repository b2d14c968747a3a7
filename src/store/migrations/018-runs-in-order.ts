import { type Kysely, sql } from 'kysely';

/** `flows runs` pages through the entries in their order, and shows the latest without reading the others. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw('create index entries_entered on entries (entered_at)').execute(db);
}

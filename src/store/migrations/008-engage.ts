import { type Kysely, sql } from 'kysely';

/** When Mapp Engage was last asked about a person: `../tables.ts`. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw('alter table persons add column profile_read_at timestamptz, add column groups_read_at timestamptz')
    .execute(db);
}

import { type Kysely, sql } from 'kysely';

/** When a producer says that somebody got, or gave up, an identifier: changes of identity arrive in any order. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table identifiers add column told_at timestamptz').execute(db);
}

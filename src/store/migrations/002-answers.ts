import { type Kysely, sql } from 'kysely';

/** What an effect brought back: `status` and `body` of a webhook, the values a count wrote. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table deliveries add column answer jsonb').execute(db);
}

import { type Kysely, sql } from 'kysely';

/** Who is in an audience: the latest of its events. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql
    .raw(`
    create index inbox_audiences on inbox ((event->'data'->>'audience'), person, occurred_at)
    where name in ('audience_entered', 'audience_exited')`)
    .execute(db);
}

import { type Kysely, sql } from 'kysely';

/** Caps count a person's latest messages, and those of whoever was merged into them. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw('create index deliveries_person on deliveries (person, created_at)').execute(db);
  await sql
    .raw('create index if not exists persons_merged on persons (merged_into) where merged_into is not null')
    .execute(db);
}

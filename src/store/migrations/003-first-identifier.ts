import { type Kysely, sql } from 'kysely';

/** What a person was first known by: the arms of splits hang on it. Of those known before, the strongest identifier counts. */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table persons add column first_identifier text').execute(db);
  await sql
    .raw(`
    update persons p set first_identifier = (
      select i.value from identifiers i where i.person = p.id
      order by array_position(array['mapp_id', 'email', 'mobile', 'external_id'], i.kind), i.value limit 1)`)
    .execute(db);
  await sql.raw('create index persons_merged on persons (merged_into) where merged_into is not null').execute(db);
}

import { type Kysely, sql } from 'kysely';

/**
 * Keys of the inbox are given up after 30 days, while the event stays for counts and lookbacks; a body in quarantine goes
 * after some days, while its reason stays for a while; the same content is kept there once.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw('alter table inbox alter column dedupe_key drop not null').execute(db);
  await sql.raw('alter table quarantine alter column body drop not null').execute(db);
  await sql.raw('alter table quarantine add column content text').execute(db);
  await sql.raw('create unique index quarantine_content on quarantine (source, content)').execute(db);
  await sql.raw('create index quarantine_received on quarantine (received_at)').execute(db);
}

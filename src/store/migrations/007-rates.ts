import { type Kysely, sql } from 'kysely';

/**
 * When each API may be called next: `../tables.ts`. Unlogged, so that a reservation waits for no disk; what a crash of the
 * server forgets is a fraction of a second of pacing.
 */
export async function up(db: Kysely<never>): Promise<void> {
  await sql.raw('create unlogged table rates (api text primary key, next_at timestamptz not null)').execute(db);
}

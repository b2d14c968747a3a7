/** What the store knows of runs that Temporal has. */
import type { Kysely } from 'kysely';
import type { Tables } from '../store/tables.ts';

/** Those of these workflow ids that have a row. */
export async function knownRuns(db: Kysely<Tables>, runs: readonly string[]): Promise<ReadonlySet<string>> {
  if (runs.length === 0) return new Set();
  const rows = await db
    .selectFrom('entries')
    .select('workflow_id')
    .where('workflow_id', 'in', [...runs])
    .execute();
  return new Set(rows.map(({ workflow_id }) => workflow_id));
}

/** Those of these persons who were erased: runs of theirs are being ended, and nothing brings their rows back. */
export async function erasedAmong(db: Kysely<Tables>, persons: readonly string[]): Promise<ReadonlySet<string>> {
  if (persons.length === 0) return new Set();
  const rows = await db
    .selectFrom('erased')
    .select('person')
    .where('person', 'in', [...persons])
    .execute();
  return new Set(rows.map(({ person }) => person));
}

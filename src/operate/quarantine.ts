import { sql } from 'kysely';
import type { Store } from '../store/store.ts';

/** An element of `flows quarantine list --json` (CONTRACT.md §2). */
export interface QuarantineEntry {
  readonly id: string;
  readonly source: string;
  /** ISO 8601 UTC */
  readonly received: string;
  /** why it could not be used: a code, a colon, a sentence */
  readonly reason: string;
  /** false: its body was given up, only the reason is left */
  readonly kept: boolean;
}

export interface QuarantineFilter {
  /** ids of rows */
  readonly ids?: readonly string[] | undefined;
  readonly source?: string | undefined;
  /** the code of the reason, or its beginning */
  readonly reason?: string | undefined;
}

/** Rows in the order of their arrival. */
export async function listQuarantine(
  store: Store,
  { ids, source, reason }: QuarantineFilter,
): Promise<QuarantineEntry[]> {
  let query = store.db
    .selectFrom('quarantine')
    .select(['id', 'source', 'received_at', 'reason', sql<boolean>`body is not null`.as('kept')]);
  if (ids !== undefined) query = query.where('id', 'in', [...ids]);
  if (source !== undefined) query = query.where('source', '=', source);
  if (reason !== undefined) query = query.where(sql<boolean>`starts_with(reason, ${reason})`);
  const rows = await query.orderBy(sql`quarantine.id`).execute();
  return rows.map(({ id, source: from, received_at, reason: why, kept }) => ({
    id: String(id),
    source: from,
    received: received_at.toISOString(),
    reason: why,
    kept,
  }));
}

/** Answers how many rows are gone. */
export async function dropQuarantined(store: Store, ids: readonly string[]): Promise<number> {
  if (ids.length === 0) return 0;
  const { numDeletedRows } = await store.db
    .deleteFrom('quarantine')
    .where('id', 'in', [...ids])
    .executeTakeFirst();
  return Number(numDeletedRows);
}

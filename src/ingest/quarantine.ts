import { type Kysely, sql } from 'kysely';
import { quarantineForm } from '../store/quarantine-bodies.ts';
import { json } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import type { Sealer } from '../system/seal.ts';
import type { Quarantined } from './source-adapter.ts';

/** A row of the quarantine as it is written. */
export interface QuarantineRow {
  readonly source: string;
  readonly reason: string;
  /** sealed where there is a key */
  readonly body: string;
  /** fingerprint of reason and body */
  readonly content: string;
}

export function quarantineRow(sealer: Sealer, { source, reason, body }: Quarantined): QuarantineRow {
  return { source, reason, ...quarantineForm(sealer, { reason, body }) };
}

/**
 * What a producer repeats is kept once; only a body that was given up meanwhile is kept again. Answers of each row whether
 * it is new.
 */
export async function writeQuarantine(trx: Kysely<Tables>, rows: readonly QuarantineRow[]): Promise<boolean[]> {
  if (rows.length === 0) return [];
  const { rows: written } = await sql<Pick<QuarantineRow, 'source' | 'content'>>`
    insert into quarantine as q (source, reason, body, content)
      select distinct on (source, content) source, reason, body, content
        from jsonb_to_recordset(${json(rows)}::jsonb) as given (source text, reason text, body text, content text)
        order by source, content
    on conflict (source, content) do update set body = excluded.body, received_at = now()
      where q.body is null
    returning source, content`.execute(trx);
  const fresh = new Set(written.map(keyOf));
  return rows.map((row) => fresh.delete(keyOf(row)));
}

function keyOf({ source, content }: Pick<QuarantineRow, 'source' | 'content'>): string {
  return `${source} ${content}`;
}

import { type Kysely, sql } from 'kysely';
import type { Tables } from './tables.ts';

/** Whoever asks for readiness gives up after a second or a few. */
const PATIENCE_MS = 2_000;

/** @throws one sentence where the store does not answer, not soon, or takes nothing: a standby, or one that was set so */
export async function storeAnswers(db: Kysely<Tables>, patienceMs = PATIENCE_MS): Promise<void> {
  const asked = sql<{ state: string }>`select current_setting('transaction_read_only') as state`
    .execute(db)
    .catch(() => {
      throw new Error('the store does not answer');
    });
  const { rows } = await within(asked, patienceMs);
  if (rows[0]!.state === 'on') throw new Error('the store is read-only');
}

/** What was asked of the store, as long as the answer comes within `ms`; what comes later is not heard. */
export async function within<T>(asked: Promise<T>, ms = PATIENCE_MS): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the store does not answer within ${ms / 1000} s`)), ms);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
    asked.catch(() => {});
  }
}

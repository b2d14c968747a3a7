import { sql } from 'kysely';
import type { HoldDecision } from '../plan/notice.ts';
import { decideNotice } from '../router/decide-notice.ts';
import type { Store } from '../store/store.ts';
import { listRuns } from './list-runs.ts';
import type { EntryRow, RunFilter, Temporal } from './runs.ts';

/** A run that waits for an operator's word. */
export interface HeldRun {
  /** workflow id */
  readonly run: string;
  readonly flow: string;
  readonly step: string;
  /** what is to be decided, as the flow says it */
  readonly text: string | null;
  /** since when, ISO 8601 UTC */
  readonly since: string;
  /** our own id of the entry */
  readonly entry: string;
}

export async function heldRuns(
  store: Store,
  temporal: Temporal,
  filter: Pick<RunFilter, 'run' | 'flow' | 'step'>,
): Promise<HeldRun[]> {
  const held = await listRuns(store, temporal, { ...filter, state: 'held' });
  return held.flatMap(({ run, flow, step, reason, since, entry }: EntryRow) =>
    step === null ? [] : [{ run, flow, step, text: reason, since, entry }],
  );
}

class Refused extends Error {}

/**
 * Decides one hold by a notice to the run, which the router delivers. Answers null, or why it was refused: somebody else
 * decided first and the run has not heard of it yet.
 */
export async function decideHold(store: Store, { entry, step }: HeldRun, as: HoldDecision): Promise<string | null> {
  try {
    await store.db.transaction().execute(async (trx) => {
      // The notice first: it locks the person, so that of two operators the second one sees the first one's word.
      const n = await decideNotice(trx, entry, { kind: 'decide', step, as });
      const { rows } = await sql<{ as: HoldDecision }>`
        select body->>'as' as as from notices
        where entry = ${entry} and n < ${n} and kind = 'decide' and body->>'step' = ${step} and state = 'due'
        order by n limit 1`.execute(trx);
      if (rows[0] !== undefined) throw new Refused(`it was ${rows[0].as} before, and the run will hear of it`);
    });
    return null;
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

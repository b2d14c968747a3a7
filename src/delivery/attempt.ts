import type { Effect, Operation } from '../plan/effect.ts';
import type { Breaker } from './breaker.ts';
import { type Clock, sleep } from './clock.ts';
import { type Attempted, type Deferral, deferral } from './deferral.ts';
import type { Ledger, Undecided } from './ledger.ts';
import { answerOf } from './look.ts';
import { isRepeatable } from './nature.ts';
import type { Patience } from './pacer.ts';
import { mayBeOneRow } from './statement.ts';

/** How often to look whether another worker has settled what it is sending. */
const POLL_MS = 100;
/** The store is asked again soon: nothing goes out without it. */
const STORE_PAUSES_MS = [500, 1_000, 5_000] as const;
/** A run the store does not know comes back only by an operator's hand. */
const UNKNOWN_ENTRY_MS = 60_000;
/** Who carries effects out: at Mapp, or anywhere. */
export interface Caller {
  /**
   * Waits for a turn, claims, calls, settles. Null: it is not ours to call, the ledger tells why. Rejects when the store is
   * away, or does not take this row.
   */
  carryOut(effect: Effect, patience: Patience): Promise<Attempted | null>;
}

export interface AttemptParts {
  readonly owner: string;
  readonly callerOf: (operation: Operation) => Caller;
  readonly ledger: Ledger;
  /** what `on_unknown: reconcile` decides */
  readonly reconcile: (effect: Effect, answer: Undecided) => Promise<Attempted>;
  readonly storeBreaker: Breaker;
  readonly clock: Clock;
  readonly draining: AbortSignal;
  readonly log: (message: string) => void;
}

/** One attempt to carry an effect out: wait for a turn, claim, call, settle. At most one per key and process at a time. */
export function createAttempts(parts: AttemptParts): (effect: Effect, patience: Patience) => Promise<Attempted> {
  const { owner, callerOf, ledger, reconcile, storeBreaker, clock, draining, log } = parts;

  return async (effect, patience) => {
    const deadline = clock.now() + patience.ms;
    const caller = callerOf(effect.operation);
    for (;;) {
      const pause = storeBreaker.remaining();
      if (pause > 0) return deferral('store_unavailable', pause);
      const asked = clock.now();
      try {
        const left = Math.max(0, deadline - asked);
        const done = (await caller.carryOut(effect, { ...patience, ms: left })) ?? (await standing(effect, deadline));
        const answer = done === 'again' ? done : await decided(effect, done);
        // what was deferred may not have come as far as the store
        if (answer === 'again' || answer.outcome !== 'deferred') storeBreaker.succeeded(asked);
        if (answer !== 'again') return answer;
      } catch (error) {
        if (mayBeOneRow(error)) throw error;
        return storeFailed(asked, error);
      }
    }
  };

  /** What the step's settings say in an operator's place, of an answer that somebody has to decide about. */
  async function decided(effect: Effect, answer: Attempted): Promise<Attempted> {
    if ((answer.outcome !== 'unknown' && answer.outcome !== 'rejected') || answer.resolution !== undefined)
      return answer;
    const choice = effect.decides?.[answer.outcome];
    if (choice === undefined) return answer;
    if (choice === 'reconcile') return reconcile(effect, answer);
    return ledger.decide(effect, answer, choice);
  }

  /** What to answer for an effect that could not be claimed. */
  async function standing(effect: Effect, deadline: number): Promise<Attempted | 'again'> {
    for (;;) {
      const { row, sentN } = await ledger.look(effect);
      if (sentN === null) return deferral('unknown_entry', UNKNOWN_ENTRY_MS);
      const unclaimed = sentN > effect.n ? ({ outcome: 'look', n: sentN } as const) : 'again';
      if (row === null) return unclaimed;
      const answer = answerOf(row);
      if (answer !== null) return answer;
      if (row.owner === owner) {
        // ours, and no attempt of ours is under way: we never heard that the claim had succeeded, so nothing was called
        await ledger.giveBack(effect.key);
      } else if (row.leaseLeftMs !== null && row.leaseLeftMs > 0) {
        if (draining.aborted || clock.now() + POLL_MS > deadline) return deferral('elsewhere', row.leaseLeftMs);
        await sleep(clock, POLL_MS, draining);
      } else {
        if (isRepeatable(effect.operation)) return unclaimed;
        await ledger.expire(effect.key);
      }
    }
  }

  function storeFailed(asked: number, error: unknown): Deferral {
    const pause = storeBreaker.failed(asked, { steps: STORE_PAUSES_MS });
    if (pause !== null) {
      const said = error instanceof Error ? error.message : String(error);
      log(`the store does not answer (${said}): effects wait`);
    }
    return deferral('store_unavailable', storeBreaker.remaining());
  }
}

import type { Effect, Operation } from '../plan/effect.ts';
import type { Contact } from '../plan/event.ts';
import type { Breaker } from './breaker.ts';
import { type Clock, sleep } from './clock.ts';
import { type Attempted, type Deferral, deferral } from './deferral.ts';
import type { Lanes } from './lanes.ts';
import type { Ledger } from './ledger.ts';
import { answerOf } from './look.ts';
import { isRepeatable } from './nature.ts';
import type { Patience, Refusal, Turn } from './pacer.ts';
import type { Settlement } from './settle.ts';
import { mayBeOneRow } from './statement.ts';

/** A call not started by then is given back: with the call's own 10 s it would come too near the end of the lease. */
const START_WITHIN_MS = 10_000;
/** How often to look whether another worker has settled what it is sending. */
const POLL_MS = 100;
/** The store is asked again soon: nothing goes out without it. */
const STORE_PAUSES_MS = [500, 1_000, 5_000] as const;
/** A run the store does not know comes back only by an operator's hand. */
const UNKNOWN_ENTRY_MS = 60_000;
/** `on_unknown: reconcile` looks in the contact's message history, which Mapp Engage keeps. */
const NOTHING_TO_LOOK_IN = 'on_unknown: reconcile needs Mapp Engage, which this worker does not have';

/** Who makes the call of an operation: to Mapp, or to anywhere. */
export interface Caller {
  /** calls of one person one after the other */
  readonly inLane: boolean;
  turn(patience: Patience): Promise<Turn | Refusal>;
  /** Makes the call of a claimed effect. A deferral: provably nothing was done, and the claim is to be given back. */
  call(effect: Effect, contact: Contact, turn: Turn): Promise<Settlement | Deferral>;
}

export interface AttemptParts {
  readonly owner: string;
  readonly callerOf: (operation: Operation) => Caller;
  readonly ledger: Ledger;
  readonly storeBreaker: Breaker;
  /** one call of a person at a time */
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly draining: AbortSignal;
  readonly log: (message: string) => void;
}

/** One attempt to carry an effect out: wait for a turn, claim, call, settle. At most one per key and process at a time. */
export function createAttempts(parts: AttemptParts): (effect: Effect, patience: Patience) => Promise<Attempted> {
  const { owner, callerOf, ledger, storeBreaker, lanes, clock, draining, log } = parts;

  return async (effect, patience) => {
    const deadline = clock.now() + patience.ms;
    const caller = callerOf(effect.operation);
    for (;;) {
      const pause = storeBreaker.remaining();
      if (pause > 0) return deferral('store_unavailable', pause);
      const turn = await caller.turn({ ...patience, ms: Math.max(0, deadline - clock.now()) });
      if ('refused' in turn) return deferral(turn.refused, turn.retryInMs);
      const asked = clock.now();
      try {
        const done = (await carryOut(effect, caller, turn)) ?? (await standing(effect, deadline));
        const answer = done === 'again' ? done : await decided(effect, done);
        storeBreaker.succeeded(asked);
        if (answer !== 'again') return answer;
      } catch (error) {
        if (mayBeOneRow(error)) throw error;
        return storeFailed(asked, error);
      }
    }
  };

  /** Null: it is not ours to call. */
  async function carryOut(effect: Effect, caller: Caller, turn: Turn): Promise<Attempted | null> {
    const unused = (error: unknown) => {
      turn.unused();
      throw error;
    };
    const hold = await ledger.holdOf(effect).catch(unused);
    if (hold !== null) {
      turn.unused();
      return hold;
    }
    const claimedAt = clock.now();
    const claim = await ledger.claim(effect).catch(unused);
    if (claim.state !== 'sending') {
      turn.unused();
      return claim.state === 'lost' ? null : { outcome: 'skipped', reason: claim.reason };
    }
    const left = () => claimedAt + START_WITHIN_MS - clock.now();
    const inside = !caller.inLane || (await lanes.enter(claim.person, Math.max(0, left())));
    try {
      if (!inside || left() < 0) {
        turn.unused();
        await ledger.giveBack(effect.key);
        return deferral('late_start', 0);
      }
      const ending = await caller.call(effect, claim.contact, turn);
      if (ending.outcome === 'deferred') {
        await ledger.giveBack(effect.key);
        return ending;
      }
      return await ledger.settle(effect, ending);
    } finally {
      if (inside && caller.inLane) lanes.leave(claim.person);
    }
  }

  /** What the step's settings say in an operator's place, of an answer that somebody has to decide about. */
  async function decided(effect: Effect, answer: Attempted): Promise<Attempted> {
    if ((answer.outcome !== 'unknown' && answer.outcome !== 'rejected') || answer.resolution !== undefined)
      return answer;
    const choice = effect.decides?.[answer.outcome];
    if (choice === undefined) return answer;
    if (choice === 'reconcile') return { ...answer, reason: `${answer.reason}; ${NOTHING_TO_LOOK_IN}` };
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

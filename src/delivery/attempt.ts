import type { ConnectClient } from '../mapp/connect.ts';
import { isMappError } from '../mapp/errors.ts';
import { type Call, OPERATIONS, rowOf, toCall } from '../mapp/operations.ts';
import type { Effect, Operation } from '../plan/effect.ts';
import type { Contact } from '../plan/event.ts';
import type { Breaker } from './breaker.ts';
import { type Clock, sleep } from './clock.ts';
import { type Attempted, type Deferral, deferral } from './deferral.ts';
import type { Lanes } from './lanes.ts';
import type { Ledger } from './ledger.ts';
import { answerOf } from './look.ts';
import { troubleOf, troubleSentence } from './mapp-trouble.ts';
import type { Pacer, Patience, Turn } from './pacer.ts';
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

export interface AttemptParts {
  readonly owner: string;
  readonly connect: Pick<ConnectClient, 'event'>;
  readonly ledger: Ledger;
  readonly pacer: Pacer;
  readonly mappBreaker: Breaker;
  readonly storeBreaker: Breaker;
  /** one call of a person at a time */
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly draining: AbortSignal;
  readonly log: (message: string) => void;
}

/** One attempt to carry an effect out: wait for a turn, claim, call, settle. At most one per key and process at a time. */
export function createAttempts(parts: AttemptParts): (effect: Effect, patience: Patience) => Promise<Attempted> {
  const { owner, connect, ledger, pacer, mappBreaker, storeBreaker, lanes, clock, draining, log } = parts;

  return async (effect, patience) => {
    const deadline = clock.now() + patience.ms;
    for (;;) {
      const pause = storeBreaker.remaining();
      if (pause > 0) return deferral('store_unavailable', pause);
      const turn = await pacer.enter({ ...patience, ms: Math.max(0, deadline - clock.now()) });
      if ('refused' in turn) return deferral(turn.refused, turn.retryInMs);
      const asked = clock.now();
      try {
        const done = (await carryOut(effect, turn)) ?? (await standing(effect, deadline));
        storeBreaker.succeeded(asked);
        if (done !== 'again') return done;
      } catch (error) {
        if (mayBeOneRow(error)) throw error;
        return storeFailed(asked, error);
      }
    }
  };

  /** Null: it is not ours to call. */
  async function carryOut(effect: Effect, turn: Turn): Promise<Attempted | null> {
    const claimedAt = clock.now();
    const claim = await ledger.claim(effect).catch((error: unknown) => {
      turn.unused();
      throw error;
    });
    if (claim.state !== 'sending') {
      turn.unused();
      return claim.state === 'lost' ? null : { outcome: 'skipped', reason: claim.reason };
    }
    const left = () => claimedAt + START_WITHIN_MS - clock.now();
    const inside = await lanes.enter(claim.person, Math.max(0, left()));
    try {
      if (!inside || left() < 0) {
        turn.unused();
        await ledger.giveBack(effect.key);
        return deferral('late_start', 0);
      }
      const ending = await call(effect, claim.contact, turn);
      if (ending === 'not_taken') {
        await ledger.giveBack(effect.key);
        return deferral('mapp_unavailable', mappBreaker.remaining());
      }
      return await ledger.settle(effect, ending);
    } finally {
      if (inside) lanes.leave(claim.person);
    }
  }

  async function call({ key, operation }: Effect, contact: Contact, turn: Turn): Promise<Settlement | 'not_taken'> {
    const made = prepared(operation, contact);
    if ('refused' in made) {
      turn.unused();
      return { key, outcome: 'rejected', reason: made.refused };
    }
    try {
      await connect.event(made.subtype, made.body);
    } catch (error) {
      const reason = sentence(error);
      const fate = isMappError(error) ? error.fate : 'unknown';
      if (fate === 'refused') {
        turn.succeeded();
        return { key, outcome: 'rejected', reason };
      }
      const pause = turn.failed(troubleOf(error));
      if (pause !== null) log(troubleSentence(error, pause));
      return fate === 'not_taken' || made.repeatable ? 'not_taken' : { key, outcome: 'unknown', reason };
    }
    turn.succeeded();
    return { key, outcome: 'accepted', reason: null };
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
        if (OPERATIONS[rowOf(effect.operation)].repeatable) return unclaimed;
        await ledger.expire(effect.key);
      }
    }
  }

  function storeFailed(asked: number, error: unknown): Deferral {
    const pause = storeBreaker.failed(asked, { steps: STORE_PAUSES_MS });
    if (pause !== null) log(`the store does not answer (${sentence(error)}): effects wait`);
    return deferral('store_unavailable', storeBreaker.remaining());
  }
}

/** What cannot be put into a call was provably not sent. */
function prepared(operation: Operation, contact: Contact): Extract<Call, { subtype: string }> | { refused: string } {
  try {
    const made = toCall(operation, contact);
    // the claim saw an address; one that Mapp's table does not take after all is refused like any other bad value
    return 'skip' in made ? { refused: made.skip } : made;
  } catch (error) {
    return { refused: sentence(error) };
  }
}

function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

import type { ConnectClient } from '../mapp/connect.ts';
import { isMappError } from '../mapp/errors.ts';
import type { MappOperation } from '../mapp/operations.ts';
import { type Call, toCall } from '../mapp/to-call.ts';
import type { Effect } from '../plan/effect.ts';
import type { Contact } from '../plan/event.ts';
import type { Caller } from './attempt.ts';
import type { Breaker } from './breaker.ts';
import { type Deferral, deferral } from './deferral.ts';
import type { Ledger } from './ledger.ts';
import { troubleOf, troubleSentence } from './mapp-trouble.ts';
import type { Pacer, Turn } from './pacer.ts';
import type { Settlement } from './settle.ts';

/** Another worker's count of the same person ends within its call. */
const COUNTED_ELSEWHERE_MS = 500;

export interface MappCallerParts {
  readonly connect: Pick<ConnectClient, 'event'>;
  readonly ledger: Ledger;
  readonly pacer: Pacer;
  readonly breaker: Breaker;
  readonly log: (message: string) => void;
}

/** One event of Mapp Connect per effect, paced. */
export function mappCaller({ connect, ledger, pacer, breaker, log }: MappCallerParts): Caller {
  return {
    inLane: true,
    turn: (patience) => pacer.enter(patience),

    async call({ key, operation }, contact, turn) {
      if (operation.type === 'webhook') throw new Error(`${key} is no call to Mapp`);
      const computed = await compute(key, operation, turn);
      if ('outcome' in computed) return computed;
      const ending = await send(key, computed.operation, contact, turn);
      if (ending.outcome !== 'accepted' || computed.operation.type !== 'count') return ending;
      return { ...ending, answer: computed.operation.set };
    },
  };

  /** A count gets the values to write; everything else is what it is. */
  async function compute(
    key: string,
    operation: MappOperation,
    turn: Turn,
  ): Promise<{ readonly operation: MappOperation } | Settlement | Deferral> {
    if (operation.type !== 'count') return { operation };
    let ready = false;
    try {
      const counted = await ledger.count(key);
      if ('busy' in counted) return deferral('elsewhere', COUNTED_ELSEWHERE_MS);
      if ('refused' in counted) return { key, outcome: 'rejected', reason: counted.refused };
      ready = true;
      return { operation: { ...operation, set: counted.set } };
    } finally {
      if (!ready) turn.unused();
    }
  }

  async function send(
    key: Effect['key'],
    operation: MappOperation,
    contact: Contact,
    turn: Turn,
  ): Promise<Settlement | Deferral> {
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
      if (fate !== 'not_taken' && !made.repeatable) return { key, outcome: 'unknown', reason };
      return deferral('mapp_unavailable', breaker.remaining());
    }
    turn.succeeded();
    return { key, outcome: 'accepted', reason: null };
  }
}

/** What cannot be put into a call was provably not sent. */
function prepared(
  operation: MappOperation,
  contact: Contact,
): Extract<Call, { subtype: string }> | { readonly refused: string } {
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

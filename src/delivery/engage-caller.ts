import type { EngageIdentifier } from '../mapp/engage.ts';
import { isMappError } from '../mapp/errors.ts';
import { OPERATIONS, type Row } from '../mapp/operations.ts';
import { KEY_FIELD, travelingKey } from '../plan/delivery-key.ts';
import type { Effect } from '../plan/effect.ts';
import type { Contact } from '../plan/event.ts';
import type { JsonObject } from '../plan/json.ts';
import type { LoneCaller } from './alone.ts';
import { type Deferral, deferral } from './deferral.ts';
import type { Engage, EngageAccess } from './engage-access.ts';
import { engageWhy } from './engage-access.ts';
import { type EngageSend, isEngageSend } from './nature.ts';
import type { Patience, Turn } from './pacer.ts';
import type { Settlement } from './settle.ts';

/** Each call of one send waits that long for its turn; all of them stay within the claim's lease. */
const NEXT_CALL: Patience = { ms: 5_000, throughBreaker: false };
/** Without credentials nothing goes out until a worker has them. */
const NO_ENGAGE_MS = 60_000;

/**
 * Messages with `via: engage`: the contact is looked up by its address (an id that was learned once may be that of an older
 * address), `set` is written (a second writing does no harm), then the message goes to the recipient's id. That is two or
 * three calls, each with a turn of its own. Null: this worker has no Engage.
 */
export function engageCaller(access: EngageAccess | null, keyField: string): LoneCaller {
  return {
    inLane: true,

    async turn(patience) {
      if (access === null) return { refused: 'engage_missing', retryInMs: NO_ENGAGE_MS };
      const turn = await access.turn(patience);
      return 'refused' in turn ? { ...turn, refused: engageWhy(turn) } : turn;
    },

    async call(effect, contact, turn) {
      const { key, operation } = effect;
      if (access === null || !isEngageSend(operation)) throw new Error(`${key} is no send by Engage`);
      const calls = new Calls(access, turn);
      try {
        return await send(effect, operation, contact, calls);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        const fate = isMappError(error) ? error.fate : 'unknown';
        if (fate === 'refused') return { key, outcome: 'rejected', reason };
        if (fate === 'not_taken' || !calls.sending) return deferral('engage_unavailable', access.breaker.remaining());
        return { key, outcome: 'unknown', reason };
      } finally {
        calls.end();
      }
    },
  };

  async function send(
    effect: Effect,
    operation: EngageSend,
    contact: Contact,
    calls: Calls,
  ): Promise<Settlement | Deferral> {
    const { key } = effect;
    const name = named(operation, contact);
    // the claim saw an address
    if (name === null) return { key, outcome: 'rejected', reason: 'no_address' };
    let userId = name.value;
    if (name.kind !== 'mapp_id') {
      const found = await calls.make((engage) => engage.contact(name));
      if ('outcome' in found) return found;
      if (found.answer === null)
        return { key, outcome: 'rejected', reason: `Mapp Engage knows no contact with this ${name.kind}` };
      userId = found.answer.id;
    }
    if (Object.keys(operation.set).length > 0) {
      const written = await calls.make((engage) => engage.updateProfile(userId, operation.set));
      if ('outcome' in written) return written;
    }
    const { message, parameters, transactionId } = operation;
    const sent = await calls.make((engage) => {
      calls.sending = true;
      return engage.sendSingle(message.id, userId, { ...parameters, ...keyed(keyField, key) }, transactionId);
    });
    return 'outcome' in sent ? sent : { key, outcome: 'accepted', reason: null };
  }
}

/** The calls of one send: the first one by the turn that is there already. */
class Calls {
  /** true from the moment in which the message may leave */
  sending = false;
  readonly #access: EngageAccess;
  #turn: Turn | null;

  constructor(access: EngageAccess, turn: Turn) {
    this.#access = access;
    this.#turn = turn;
  }

  async make<T>(call: (engage: Engage) => Promise<T>): Promise<{ readonly answer: T } | Deferral> {
    const turn = this.#turn;
    this.#turn = null;
    if (turn === null) return this.#access.ask(NEXT_CALL, call);
    return { answer: await this.#access.made(turn, call) };
  }

  /** Gives a turn back that was not needed. */
  end(): void {
    this.#turn?.unused();
    this.#turn = null;
  }
}

/**
 * The delivery's key as a parameter, where the project names a field for it. The field that it travels in otherwise is none
 * of Engage's parameters, and `sendTransactional`, which takes it, may subscribe the contact.
 */
function keyed(field: string, key: string): JsonObject {
  return field === KEY_FIELD ? {} : { [field]: travelingKey(key) };
}

/** The strongest identifier that can name the recipient for this channel. */
function named({ channel }: EngageSend, contact: Contact): EngageIdentifier | null {
  const { address }: Row = OPERATIONS[channel];
  const kind = address.map(([one]) => one).find((one) => (contact[one] ?? '').trim() !== '');
  return kind === undefined ? null : { kind, value: contact[kind]! };
}

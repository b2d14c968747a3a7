import type { ConnectClient } from '../mapp/connect.ts';
import { isMappError, type MappError } from '../mapp/errors.ts';
import type { MappOperation } from '../mapp/operations.ts';
import { type Call, type Stamp, toCall } from '../mapp/to-call.ts';
import type { JsonObject } from '../plan/json.ts';
import { START_WITHIN_MS } from './alone.ts';
import type { Caller } from './attempt.ts';
import { Batcher } from './batcher.ts';
import type { BodyLimit } from './body-limit.ts';
import type { Breaker } from './breaker.ts';
import type { Clock } from './clock.ts';
import { type Deferral, deferral } from './deferral.ts';
import type { Lanes } from './lanes.ts';
import type { Ledger } from './ledger.ts';
import type { Waiting } from './line.ts';
import { troubleOf, troubleSentence } from './mapp-trouble.ts';
import type { Pacer, Refusal, Turn } from './pacer.ts';
import { learnFrom } from './refused-call.ts';
import type { Settlement } from './settle.ts';
import type { TurnClass } from './shares.ts';
import { Splits } from './split.ts';

/** Another worker's count of the same person ends within its call. */
const COUNTED_ELSEWHERE_MS = 500;

export interface MappCallerParts {
  readonly connect: Pick<ConnectClient, 'event' | 'batch'>;
  readonly ledger: Ledger;
  readonly pacer: Pacer;
  readonly breaker: Breaker;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly size: BodyLimit;
  /** the field of messages that carries their key */
  readonly keyField: string;
  readonly log: (message: string) => void;
}

/** Claimed, its person's lane entered, and put into an event. */
interface Ready {
  readonly waiting: Waiting;
  readonly person: string;
  readonly subtype: string;
  readonly body: JsonObject;
  readonly bytes: number;
  readonly repeatable: boolean;
  /** what an accepted count brings back */
  readonly answer?: JsonObject;
}

export interface MappCaller extends Caller {
  /** as `CallTurns.turn` */
  turn(name: TurnClass): Promise<Turn | Refusal>;
  /** what waits may have lost hope */
  sweep(): void;
  /** Refuses everybody who waits and is to come; calls under way are finished. */
  drain(): void;
}

/** Calls of Mapp Connect: effects of many people share them. */
export function mappCaller(parts: MappCallerParts): MappCaller {
  const { connect, ledger, breaker, lanes, clock, size, log } = parts;
  const splits = new Splits(clock);
  const batcher = new Batcher({ ...parts, splits, carryOut });
  return {
    carryOut: (effect, patience) => batcher.enter(effect, patience),
    turn: (name) => batcher.turn(name),
    sweep: () => batcher.sweep(),
    drain: () => batcher.drain(),
  };

  async function carryOut(taken: readonly Waiting[], turn: Turn): Promise<void> {
    const claimedAt = clock.now();
    const claimed = (await Promise.all(taken.map(prepare))).filter((one) => one !== null);
    const late = clock.now() > claimedAt + START_WITHIN_MS;
    const ready = late ? [] : fitting(claimed, size.bytes);
    if (ready.length === 0) turn.unused();
    const error = ready.length === 0 ? null : await call(ready, turn);
    await Promise.all([
      ...claimed.slice(ready.length).map((one) => (late ? giveUp(one, deferral('late_start', 0)) : again(one))),
      conclude(ready, error),
    ]);
  }

  /** Claims an effect and makes its event; null when it has ended, or waits again. */
  async function prepare(waiting: Waiting): Promise<Ready | null> {
    const { effect } = waiting;
    let inside = waiting.person;
    const ended = (end: () => void) => {
      if (inside !== null) lanes.leave(inside);
      end();
      return null;
    };
    try {
      const hold = await ledger.holdOf(effect);
      if (hold !== null) return ended(() => waiting.resolve(hold));
      const claim = await ledger.claim(effect);
      if (claim.state === 'lost') return ended(() => waiting.resolve(null));
      if (claim.state === 'skipped') return ended(() => waiting.resolve({ outcome: 'skipped', reason: claim.reason }));
      const { person } = claim;
      if (inside !== person) {
        if (inside !== null) lanes.leave(inside);
        inside = lanes.tryEnter(person) ? person : null;
        if (inside === null) {
          await ledger.giveBack(effect.key);
          return ended(() => batcher.waitForPerson(waiting, person));
        }
      }
      const computed = await compute(effect.key, effect.operation as MappOperation);
      if ('outcome' in computed && computed.outcome === 'deferred') {
        await ledger.giveBack(effect.key);
        return ended(() => waiting.resolve(computed));
      }
      const made =
        'outcome' in computed
          ? { refused: computed.reason! }
          : event(computed.operation, claim.contact, { field: parts.keyField, key: effect.key });
      if ('refused' in made) {
        const settled = await ledger.settle(effect, { key: effect.key, outcome: 'rejected', reason: made.refused });
        return ended(() => waiting.resolve(settled));
      }
      const { subtype, body, repeatable } = made;
      const counted =
        'operation' in computed && computed.operation.type === 'count' ? computed.operation.set : undefined;
      const bytes = Buffer.byteLength(JSON.stringify(body)) + 1;
      return { waiting, person, subtype, body, bytes, repeatable, ...(counted !== undefined && { answer: counted }) };
    } catch (error) {
      return ended(() => waiting.reject(error));
    }
  }

  /** A count gets the values to write; everything else is what it is. */
  async function compute(
    key: string,
    operation: MappOperation,
  ): Promise<{ readonly operation: MappOperation } | Settlement | Deferral> {
    if (operation.type !== 'count') return { operation };
    const counted = await ledger.count(key);
    if ('busy' in counted) return deferral('elsewhere', COUNTED_ELSEWHERE_MS);
    if ('refused' in counted) return { key, outcome: 'rejected', reason: counted.refused };
    return { operation: { ...operation, set: counted.set } };
  }

  /** Null: Mapp took all of them. The turn is over then, whatever becomes of the ledger. */
  async function call(ready: readonly Ready[], turn: Turn): Promise<MappError | Error | null> {
    try {
      const { subtype, body } = ready[0]!; // they are of one line, which has one subtype
      const bodies = ready.map((one) => one.body);
      await (bodies.length === 1 ? connect.event(subtype, body) : connect.batch(subtype, bodies));
      turn.succeeded();
      size.passed(bytesOf(ready));
      return null;
    } catch (error) {
      if (isMappError(error) && error.fate === 'refused') {
        turn.succeeded();
        return error;
      }
      const pause = turn.failed(troubleOf(error));
      if (pause !== null) log(troubleSentence(error, pause));
      batcher.sweep();
      return error as Error;
    }
  }

  /** What the end of the call means for each event in it (PROTOCOLS.md §1). */
  async function conclude(ready: readonly Ready[], error: MappError | Error | null): Promise<void> {
    const fate = error === null ? null : isMappError(error) ? error.fate : 'unknown';
    if (fate === 'refused' && ready.length > 1) {
      const { status } = error as MappError;
      const keys = ready.map(({ waiting }) => waiting.effect.key);
      learnFrom({ keys, bytes: bytesOf(ready), status }, { size, splits, log });
      await Promise.all(ready.map(again));
      return;
    }
    await Promise.all(
      ready.map((one) => {
        if (error === null) return settled(one, 'accepted', null);
        if (fate === 'refused') return settled(one, 'rejected', error.message);
        if (fate === 'unknown' && !one.repeatable) return settled(one, 'unknown', error.message);
        return giveUp(one, deferral('mapp_unavailable', breaker.remaining()));
      }),
    );
  }

  async function settled(
    { waiting, person, answer }: Ready,
    outcome: Settlement['outcome'],
    reason: string | null,
  ): Promise<void> {
    const { effect } = waiting;
    const brought = outcome === 'accepted' && answer !== undefined ? { answer } : {};
    splits.done(effect.key);
    await ledger
      .settle(effect, { key: effect.key, outcome, reason, ...brought })
      .finally(() => lanes.leave(person))
      .then(waiting.resolve, waiting.reject);
  }

  /** Nothing was sent: its claim is given back, and it is deferred. */
  async function giveUp({ waiting, person }: Ready, why: Deferral): Promise<void> {
    await ledger
      .giveBack(waiting.effect.key)
      .finally(() => lanes.leave(person))
      .then(() => waiting.resolve(why), waiting.reject);
  }

  /** Nothing was sent: its claim is given back, and it waits for another call. */
  async function again({ waiting, person }: Ready): Promise<void> {
    await ledger
      .giveBack(waiting.effect.key)
      .finally(() => lanes.leave(person))
      .then(() => batcher.putBack(Object.assign(waiting, { person })), waiting.reject);
  }
}

/** of a call of them */
function bytesOf(ready: readonly Ready[]): number {
  return ready.reduce((sum, { bytes }) => sum + bytes, 2); // the brackets of the list
}

/** As many from the start as fit into one call; at least one. */
function fitting(claimed: readonly Ready[], most: number): readonly Ready[] {
  let bytes = 2; // the brackets of the list
  for (const [at, one] of claimed.entries()) {
    bytes += one.bytes;
    if (bytes > most && at > 0) return claimed.slice(0, at);
  }
  return claimed;
}

/** What cannot be put into a call was provably not sent. */
function event(
  operation: MappOperation,
  contact: Parameters<typeof toCall>[1],
  stamp: Stamp,
): Extract<Call, { subtype: string }> | { readonly refused: string } {
  try {
    const made = toCall(operation, contact, stamp);
    // the claim saw an address; one that Mapp's table does not take after all is refused like any other bad value
    return 'skip' in made ? { refused: made.skip } : made;
  } catch (error) {
    return { refused: error instanceof Error ? error.message : String(error) };
  }
}

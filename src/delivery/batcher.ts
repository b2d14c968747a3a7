import type { CallSize } from '../mapp/batch-size.ts';
import type { Effect } from '../plan/effect.ts';
import type { Breaker } from './breaker.ts';
import type { Clock } from './clock.ts';
import { type Attempted, type Deferral, deferral } from './deferral.ts';
import type { Lanes } from './lanes.ts';
import type { Line, Waiting } from './line.ts';
import { Lines, type OutsideCall } from './lines.ts';
import type { Pacer, Patience, Refusal, Turn } from './pacer.ts';
import type { TurnClass } from './shares.ts';
import type { Splits } from './split.ts';

/** Turns asked for ahead of time: as many as calls may be in flight. */
const TURNS_AHEAD = 4;
/** The batcher itself waits as long as it takes; each effect has a patience of its own. */
const ENDLESS: Patience = { ms: Number.POSITIVE_INFINITY, throughBreaker: true };

export interface BatcherParts {
  readonly pacer: Pacer;
  readonly breaker: Breaker;
  readonly lanes: Lanes;
  readonly splits: Splits;
  readonly clock: Clock;
  readonly size: CallSize;
  /** Makes one call of them and ends each, or puts it back. Exactly one of the turn's methods is called. */
  readonly carryOut: (taken: readonly Waiting[], turn: Turn) => Promise<void>;
}

/**
 * Effects wait here for a turn and leave in calls of many: a turn is reserved first, and only when it comes those who
 * wait by then are taken. So an idle system sends at once, and under load everybody waits for the turn anyway: that is the
 * linger, and it grows with the load by itself. An effect leaves the queue in the tick in which it is deferred.
 */
export class Batcher {
  readonly #parts: BatcherParts;
  readonly #lines: Lines;
  /** those who are in a line, or wait until another call about their person is over, and how to leave */
  readonly #places = new Map<Waiting, () => void>();
  #asked = 0;
  #draining = false;

  constructor(parts: BatcherParts) {
    this.#parts = parts;
    this.#lines = new Lines(parts.size, parts.splits);
  }

  /** How the attempt ended; null: the key could not be claimed. Rejects when the store is away. */
  enter(effect: Effect, patience: Patience): Promise<Attempted | null> {
    const { clock } = this.#parts;
    const bytes = Buffer.byteLength(JSON.stringify(effect.operation));
    return new Promise((resolve, reject) => {
      const since = clock.now();
      const deadline = since + patience.ms;
      const waiting = {
        effect,
        patience,
        since,
        deadline,
        bytes,
        person: null,
        resolve,
        reject,
        cancelTimer: () => {},
      };
      this.#queue(waiting, (line) => line.add(waiting), this.#estimate(effect));
    });
  }

  /** A turn for a call of somebody else, in the share of a class; refused where waiting has no hope. */
  turn(name: TurnClass): Promise<Turn | Refusal> {
    return new Promise((resolve, reject) => {
      this.#lines.addOutside(name, { since: this.#parts.clock.now(), resolve, reject });
      this.#sweepOutside();
      this.#ask();
    });
  }

  /** Those whose claims were given back wait again, before everybody else. */
  putBack(waiting: Waiting): void {
    this.#queue(waiting, (line) => line.putBack(waiting), this.#parts.pacer.estimate(0));
  }

  /** Waits until the call about its person is over, then for the next turn. */
  waitForPerson(waiting: Waiting, person: string): void {
    const { lanes } = this.#parts;
    waiting.person = person;
    if (this.#refused(waiting, 0)) return;
    let forget = () => {};
    this.#wait(waiting, 'person_busy', () => forget());
    forget = lanes.whenFree(person, () => {
      if (this.#leave(waiting)) this.putBack(waiting);
    });
  }

  /** Defers those whom the breaker, the turns of other workers or the end of this process leave no hope. */
  sweep(): void {
    const first = this.#parts.pacer.estimate(0);
    for (const waiting of [...this.#places.keys()]) {
      const why = this.#hopeless(waiting, first);
      if (why !== null) this.#defer(waiting, why);
    }
    this.#sweepOutside();
  }

  #sweepOutside(): void {
    const retryInMs = this.#parts.breaker.remaining();
    if (!this.#draining && retryInMs === 0) return;
    const refused = this.#draining ? 'draining' : 'mapp_unavailable';
    for (const { resolve } of this.#lines.clearOutside()) resolve({ refused, retryInMs });
  }

  drain(): void {
    this.#draining = true;
    this.sweep();
  }

  #queue(waiting: Waiting, join: (line: Line) => void, estimate: number): void {
    if (this.#refused(waiting, estimate)) return;
    const line = this.#lines.of(waiting.effect);
    join(line);
    this.#wait(waiting, 'rate', () => line.remove(waiting));
    this.#ask();
  }

  #wait(waiting: Waiting, why: 'rate' | 'person_busy', leave: () => void): void {
    const { clock } = this.#parts;
    this.#places.set(waiting, leave);
    waiting.cancelTimer = clock.after(Math.max(0, waiting.deadline - clock.now()), () =>
      this.#defer(waiting, deferral(why, this.#estimate(waiting.effect))),
    );
  }

  #leave(waiting: Waiting): boolean {
    waiting.cancelTimer();
    this.#places.get(waiting)?.();
    return this.#places.delete(waiting);
  }

  #defer(waiting: Waiting, ending: Deferral): void {
    if (this.#leave(waiting)) waiting.resolve(ending);
  }

  #refused(waiting: Waiting, estimate: number): boolean {
    const why = this.#hopeless(waiting, estimate);
    if (why !== null) waiting.resolve(why);
    return why !== null;
  }

  #hopeless({ patience, deadline }: Waiting, estimate: number): Deferral | null {
    if (this.#draining) return deferral('draining', 0);
    const { breaker, clock } = this.#parts;
    const left = Math.max(0, deadline - clock.now());
    const pause = breaker.remaining();
    if (patience.throughBreaker ? pause > left : pause > 0) return deferral('mapp_unavailable', pause);
    return estimate > left ? deferral('rate', estimate) : null;
  }

  /** ms that a newcomer would probably wait */
  #estimate(effect: Effect): number {
    return this.#parts.pacer.estimate(this.#lines.turnsBefore(effect));
  }

  /** As many turns as those who wait would fill. */
  #ask(): void {
    while (this.#asked < Math.min(this.#lines.turns(), TURNS_AHEAD)) {
      this.#asked += 1;
      void this.#turn();
    }
  }

  async #turn(): Promise<void> {
    const { pacer, carryOut } = this.#parts;
    let turn: Awaited<ReturnType<Pacer['enter']>>;
    try {
      turn = await pacer.enter(ENDLESS);
    } catch (error) {
      this.#asked -= 1;
      for (const waiting of [...this.#places.keys()]) if (this.#leave(waiting)) waiting.reject(error);
      for (const { reject } of this.#lines.clearOutside()) reject(error);
      return;
    }
    this.#asked -= 1;
    if ('refused' in turn) return;
    const taken = this.#take();
    if ('resolve' in taken) taken.resolve(turn);
    else if (taken.length === 0) turn.unused();
    else void carryOut(taken, turn);
    this.#ask();
  }

  /** The next call, without those whose person is in another one; or who makes it. */
  #take(): readonly Waiting[] | OutsideCall {
    const { lanes } = this.#parts;
    for (;;) {
      const taken = this.#lines.take();
      if ('resolve' in taken) return taken;
      const free = taken.filter((waiting) => {
        this.#leave(waiting);
        if (waiting.person === null || lanes.tryEnter(waiting.person)) return true;
        this.waitForPerson(waiting, waiting.person);
        return false;
      });
      if (free.length > 0 || taken.length === 0) return free;
    }
  }
}

import type { Breaker, Trouble } from './breaker.ts';
import type { Clock } from './clock.ts';

/** Mapp's limit is an average; 5 % are left for clocks that differ. */
const SPACING_MS = 1_050;
/** How much delay is made up for: timers are late by a few ms, which would cost throughput at high rates. More is idleness. */
const CATCH_UP_MS = 5;

export interface PacerOptions {
  /** calls per second */
  readonly rate: number;
  /** calls in flight at most */
  readonly inFlight: number;
  readonly clock: Clock;
  readonly breaker: Breaker;
}

/** How long a caller is ready to wait for its turn. */
export interface Patience {
  readonly ms: number;
  /** false: does not wait for an open breaker at all */
  readonly throughBreaker: boolean;
}

/** A turn to make one call. Exactly one of its methods must be called. */
export interface Turn {
  /** ms on the pacer's clock */
  readonly startedAt: number;
  succeeded(): void;
  /** the answer is the length of the pause in ms if this failure began one, else null */
  failed(trouble: Trouble): number | null;
  /** no call was made: the next in line takes this one's place in the schedule */
  unused(): void;
}

export interface Refusal {
  readonly refused: 'mapp_unavailable' | 'rate' | 'draining';
  /** ms until it is worth asking again, as far as can be told */
  readonly retryInMs: number;
}

interface Waiter {
  readonly patience: Patience;
  readonly since: number;
  readonly resolve: (answer: Turn | Refusal) => void;
  readonly cancelTimer: () => void;
}

/** Spaces calls evenly, in the order in which turns were asked for; holds them while the breaker is open. */
export class Pacer {
  readonly #options: PacerOptions;
  readonly #interval: number;
  #waiters: Waiter[] = [];
  #nextAt = Number.NEGATIVE_INFINITY;
  #busy = 0;
  #typicalCallMs = 0;
  #cancelPump: (() => void) | null = null;
  #draining = false;

  constructor(options: PacerOptions) {
    this.#options = options;
    this.#interval = SPACING_MS / options.rate;
  }

  /** ms that a newcomer would probably wait */
  estimate(): number {
    const { clock, breaker, inFlight } = this.#options;
    const spacing = Math.max(this.#interval, this.#typicalCallMs / (breaker.probing ? 1 : inFlight));
    const first = Math.max(this.#nextAt - clock.now(), breaker.remaining(), 0);
    return first + this.#waiters.length * spacing;
  }

  /** A turn, or at once the reason why there will be none in time. Who gives up waiting leaves the queue in the same tick. */
  enter(patience: Patience): Promise<Turn | Refusal> {
    const estimate = this.estimate();
    const refusal = this.#refuses(patience, patience.ms) ?? (estimate > patience.ms ? this.#refusal('rate') : null);
    if (refusal !== null) return Promise.resolve(refusal);
    return new Promise((resolve) => {
      const waiter: Waiter = {
        patience,
        since: this.#options.clock.now(),
        resolve,
        cancelTimer: this.#options.clock.after(patience.ms, () => this.#leave(waiter, this.#refusal('rate'))),
      };
      this.#waiters.push(waiter);
      this.#pump();
    });
  }

  /** Refuses everybody in the queue and everybody to come; turns already given go on. */
  drain(): void {
    this.#draining = true;
    this.#sweep();
    this.#cancelPump?.();
  }

  #refusal(refused: Refusal['refused']): Refusal {
    return { refused, retryInMs: this.estimate() };
  }

  #refuses(patience: Patience, leftMs: number): Refusal | null {
    if (this.#draining) return this.#refusal('draining');
    const pause = this.#options.breaker.remaining();
    const tooLong = patience.throughBreaker ? pause > leftMs : pause > 0;
    return tooLong ? this.#refusal('mapp_unavailable') : null;
  }

  #leave(waiter: Waiter, answer: Turn | Refusal): void {
    waiter.cancelTimer();
    this.#waiters = this.#waiters.filter((other) => other !== waiter);
    waiter.resolve(answer);
  }

  /** Refuses those whom the breaker, or the end of this process, leaves no hope. */
  #sweep(): void {
    const now = this.#options.clock.now();
    for (const waiter of this.#waiters) {
      const refusal = this.#refuses(waiter.patience, waiter.patience.ms - (now - waiter.since));
      if (refusal !== null) this.#leave(waiter, refusal);
    }
  }

  #pump(): void {
    const { clock, breaker, inFlight } = this.#options;
    this.#cancelPump?.();
    this.#cancelPump = null;
    for (let head = this.#waiters[0]; head !== undefined; head = this.#waiters[0]) {
      if (this.#busy >= (breaker.probing ? 1 : inFlight)) return;
      const now = clock.now();
      const wait = this.#nextAt - now;
      const pause = Math.max(wait, breaker.remaining());
      if (pause > 0) {
        this.#cancelPump = clock.after(pause, () => this.#pump());
        return;
      }
      this.#nextAt = (wait >= -CATCH_UP_MS ? this.#nextAt : now) + this.#interval;
      this.#busy += 1;
      this.#leave(head, this.#turn(now));
    }
  }

  #turn(startedAt: number): Turn {
    const end = (called: boolean): void => {
      this.#busy -= 1;
      if (called) {
        const took = this.#options.clock.now() - startedAt;
        this.#typicalCallMs += (took - this.#typicalCallMs) / 8;
      } else {
        this.#nextAt -= this.#interval;
      }
      this.#sweep();
      this.#pump();
    };
    return {
      startedAt,
      succeeded: () => {
        this.#options.breaker.succeeded(startedAt);
        end(true);
      },
      failed: (trouble) => {
        const pause = this.#options.breaker.failed(startedAt, trouble);
        end(true);
        return pause;
      },
      unused: () => end(false),
    };
  }
}

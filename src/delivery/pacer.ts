import type { Breaker, Trouble } from './breaker.ts';
import type { Clock } from './clock.ts';
import type { Rate } from './rate.ts';

/** A reserved turn is good for so long after its moment: timers are late, and the store's answer takes its time. */
const FRESH_MS = 250;

export interface PacerOptions {
  readonly rate: Rate;
  /** calls in flight at most */
  readonly inFlight: number;
  readonly clock: Clock;
  readonly breaker: Breaker;
  /** told when those who wait may have to wait longer than it seemed */
  readonly onDelay?: () => void;
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
  readonly reject: (error: unknown) => void;
  readonly cancelTimer: () => void;
}

/**
 * Gives the turns of one API to this process's callers, in the order in which they ask; holds them while the breaker is
 * open. Turns are reserved for all workers together, several at once while there is a queue, so that the store's answer is
 * not what limits them. Usage: `const turn = await pacer.enter(patience)`, call, then exactly one of the turn's methods.
 */
export class Pacer {
  readonly #options: PacerOptions;
  readonly #waiters = new Set<Waiter>();
  /** moments of turns that are ours, in order */
  #reserved: number[] = [];
  /** the moment from which the next reservation can be expected to begin */
  #nextAt = Number.NEGATIVE_INFINITY;
  #reserving = false;
  #busy = 0;
  #typicalCallMs = 0;
  #cancelPump: (() => void) | null = null;
  #draining = false;

  constructor(options: PacerOptions) {
    this.#options = options;
  }

  /** ms until `ahead` more turns have been given than are asked for now, as far as can be told */
  estimate(ahead = this.#waiters.size): number {
    const { clock, breaker, inFlight, rate } = this.#options;
    const spacing = Math.max(rate.interval, this.#typicalCallMs / (breaker.probing ? 1 : inFlight));
    const first = Math.max((this.#reserved[0] ?? this.#nextAt) - clock.now(), breaker.remaining(), 0);
    return first + ahead * spacing;
  }

  /**
   * A turn, or at once the reason why there will be none in time. Who gives up waiting leaves the queue in the same tick.
   * Rejects with the store's error when no turn can be reserved.
   */
  enter(patience: Patience): Promise<Turn | Refusal> {
    const refusal = this.#refuses(patience, patience.ms);
    if (refusal !== null) return Promise.resolve(refusal);
    if (this.estimate() > patience.ms) return Promise.resolve(this.#refusal('rate'));
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        patience,
        since: this.#options.clock.now(),
        resolve,
        reject,
        cancelTimer: Number.isFinite(patience.ms)
          ? this.#options.clock.after(patience.ms, () => this.#leave(waiter, this.#refusal('rate')))
          : () => {},
      };
      this.#waiters.add(waiter);
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
    this.#waiters.delete(waiter);
    waiter.resolve(answer);
  }

  /** Refuses those whom the breaker, the turns reserved by others, or the end of this process leave no hope. */
  #sweep(): void {
    const now = this.#options.clock.now();
    for (const waiter of this.#waiters) {
      const left = waiter.patience.ms - (now - waiter.since);
      const hopeless = this.estimate(0) > left ? this.#refusal('rate') : null;
      const refusal = this.#refuses(waiter.patience, left) ?? hopeless;
      if (refusal !== null) this.#leave(waiter, refusal);
    }
    this.#options.onDelay?.();
  }

  #pump(): void {
    const { clock, breaker, inFlight } = this.#options;
    this.#cancelPump?.();
    this.#cancelPump = null;
    for (const head of this.#waiters) {
      if (this.#busy >= (breaker.probing ? 1 : inFlight)) return;
      const now = clock.now();
      const pause = breaker.remaining();
      while (this.#reserved[0] !== undefined && this.#reserved[0] < now - FRESH_MS) this.#reserved.shift();
      const [moment] = this.#reserved;
      if (pause > 0 || moment === undefined || moment > now) {
        if (pause === 0 && moment === undefined) void this.#reserve();
        else this.#cancelPump = clock.after(Math.max(pause, (moment ?? now) - now), () => this.#pump());
        return;
      }
      this.#reserved.shift();
      this.#busy += 1;
      this.#leave(head, this.#turn(now, moment));
    }
  }

  async #reserve(): Promise<void> {
    if (this.#reserving) return;
    this.#reserving = true;
    const { rate, clock, inFlight } = this.#options;
    const turns = Math.min(this.#waiters.size, inFlight);
    try {
      const first = clock.now() + (await rate.reserve(turns));
      this.#reserved.push(...Array.from({ length: turns }, (_, at) => first + at * rate.interval));
      this.#nextAt = first + turns * rate.interval;
    } catch (error) {
      for (const waiter of this.#waiters) {
        waiter.cancelTimer();
        waiter.reject(error);
      }
      this.#waiters.clear();
    } finally {
      this.#reserving = false;
    }
    this.#sweep();
    this.#pump();
  }

  #turn(startedAt: number, moment: number): Turn {
    const { clock, breaker, rate } = this.#options;
    const end = (called: boolean): void => {
      this.#busy -= 1;
      if (called) {
        const took = clock.now() - startedAt;
        this.#typicalCallMs += (took - this.#typicalCallMs) / 8;
      } else {
        this.#reserved.unshift(moment);
      }
      this.#sweep();
      this.#pump();
    };
    return {
      startedAt,
      succeeded: () => {
        breaker.succeeded(startedAt);
        end(true);
      },
      failed: (trouble) => {
        const pause = breaker.failed(startedAt, trouble);
        // best effort: whoever does not hear of it will be told by Mapp itself
        if (trouble.everybody) rate.postpone(breaker.remaining()).catch(() => {});
        end(true);
        return pause;
      },
      unused: () => end(false),
    };
  }
}

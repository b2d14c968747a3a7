import type { Clock, Random } from './clock.ts';

/** Pauses after consecutive failures, in ms; the last one repeats. The first three sources of trouble pass by themselves. */
export const PASSING = [1_000, 4_000, 15_000, 60_000, 300_000] as const;
/** For failures that need a person: a wrong credential, an unknown integration. */
export const NEEDS_OPERATOR = [5_000, 15_000, 60_000, 120_000, 300_000] as const;
/** The longest pause that a server's Retry-After is believed. */
const LONGEST_MS = 3_600_000;

export interface Trouble {
  readonly steps: readonly number[];
  /** what the other side asked for; never undercut */
  readonly retryAfterMs?: number | undefined;
  /** the limit is over all workers: they are to hold back too */
  readonly everybody?: boolean;
}

/**
 * Says when the next call may start after failures. Once the pause is over one call at a time goes out, until one succeeds.
 * Calls that started before the pause began have no say in it, except that their Retry-After may prolong it.
 */
export class Breaker {
  readonly #clock: Clock;
  readonly #random: Random;
  #failures = 0;
  #openedAt = Number.NEGATIVE_INFINITY;
  #until = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** ms until a call may start; 0 = now */
  remaining(): number {
    return Math.max(0, this.#until - this.#clock.now());
  }

  /** true until a call has succeeded after a failure */
  get probing(): boolean {
    return this.#failures > 0;
  }

  /** Answers the length of the pause in ms when this failure began one, else null. */
  failed(startedAt: number, trouble: Trouble): number | null {
    const now = this.#clock.now();
    const asked = Math.min(trouble.retryAfterMs ?? 0, LONGEST_MS);
    if (this.#failures > 0 && startedAt <= this.#openedAt) {
      this.#until = Math.max(this.#until, now + asked);
      return null;
    }
    const step = trouble.steps[Math.min(this.#failures, trouble.steps.length - 1)] ?? 0;
    this.#failures += 1;
    this.#openedAt = now;
    // jitter upward only: a Retry-After is a minimum, and workers that failed together must not come back together
    const pause = Math.max(step, asked) * (1 + 0.25 * this.#random());
    this.#until = now + pause;
    return pause;
  }

  succeeded(startedAt: number): void {
    if (startedAt <= this.#openedAt) return;
    this.#failures = 0;
    this.#until = Number.NEGATIVE_INFINITY;
  }
}

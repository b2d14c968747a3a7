/** One clock for all runs of a simulation. It stands still while anybody is at work and jumps to the next thing to happen. */

/** Thrown where nothing to come can end a wait without a time limit: the run waits for ever. */
export class StillWaiting extends Error {
  readonly summary: string;
  constructor(summary: string) {
    super(`still waiting: ${summary}`);
    this.name = 'StillWaiting';
    this.summary = summary;
  }
}

interface Waiter {
  readonly predicate: () => boolean;
  /** ms since the epoch; Infinity = only the predicate ends it */
  readonly end: number;
  readonly summary: string;
  readonly resolve: (held: boolean) => void;
  readonly reject: (error: Error) => void;
}

export class VirtualTime {
  private time: number;
  private readonly agenda: { readonly at: number; readonly happen: () => void }[] = [];
  private waiters: Waiter[] = [];
  /** the work of letting things happen, while it goes on */
  private passing: Promise<void> | null = null;
  private draining = false;
  private until = Number.POSITIVE_INFINITY;

  /** `start` in ms since the epoch */
  constructor(start: number) {
    this.time = start;
  }

  now(): number {
    return this.time;
  }

  /** `happen` is called when the clock reaches `at` (a moment that has passed: next); of one moment, in the order put here. */
  at(at: number, happen: () => void): void {
    const place = this.agenda.findIndex((item) => item.at > at);
    this.agenda.splice(place === -1 ? this.agenda.length : place, 0, { at, happen });
  }

  /** `happen` comes before everything else that is to happen, once those at work are done. */
  next(happen: () => void): void {
    this.agenda.unshift({ at: this.time, happen });
  }

  /** true as soon as `predicate` holds, false after `ms`; at one moment, what is on the agenda comes before ends of waits. */
  wait(predicate: () => boolean, ms: number | null, summary: string): Promise<boolean> {
    const end = ms === null ? Number.POSITIVE_INFINITY : this.time + ms;
    const ended = new Promise<boolean>((resolve, reject) => {
      this.waiters.push({ predicate, end, summary, resolve, reject });
    });
    // Without a `drain`, time passes for as long as somebody waits.
    void this.pass();
    return ended;
  }

  /**
   * Lets everything happen up to and including the moment `until` (ms since the epoch). Waits that are left then, because
   * nothing ends them or they end later, are rejected with `StillWaiting`.
   */
  drain(until = Number.POSITIVE_INFINITY): Promise<void> {
    this.draining = true;
    this.until = until;
    return this.pass();
  }

  private pass(): Promise<void> {
    this.passing ??= this.letHappen().finally(() => {
      this.passing = null;
      this.draining = false;
    });
    return this.passing;
  }

  private async letHappen(): Promise<void> {
    for (;;) {
      // Whoever was woken does what can be done without time passing, as runs do within one task.
      await quiet();
      if (!this.draining && this.waiters.length === 0) return;
      if (this.wakeHolding() || this.happenNext()) continue;
      const left = this.waiters;
      if (left.length === 0) return;
      this.waiters = [];
      for (const { reject, summary } of left) reject(new StillWaiting(summary));
    }
  }

  private wakeHolding(): boolean {
    const holding = this.waiters.filter(({ predicate }) => predicate());
    if (holding.length === 0) return false;
    this.waiters = this.waiters.filter((waiter) => !holding.includes(waiter));
    for (const { resolve } of holding) resolve(true);
    return true;
  }

  private happenNext(): boolean {
    const { until } = this;
    const next = this.agenda[0];
    const timer = this.waiters.reduce<Waiter | null>(
      (first, one) => (first && first.end <= one.end ? first : one),
      null,
    );
    const end = timer?.end ?? Number.POSITIVE_INFINITY;
    if (next !== undefined && next.at <= end) {
      if (next.at > until) return false;
      this.agenda.shift();
      this.time = Math.max(this.time, next.at);
      next.happen();
      return true;
    }
    if (timer === null || end === Number.POSITIVE_INFINITY || end > until) return false;
    this.time = Math.max(this.time, end);
    this.waiters = this.waiters.filter((waiter) => waiter !== timer);
    timer.resolve(false);
    return true;
  }
}

/** Resolves when no promise has anything to do any more. */
function quiet(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

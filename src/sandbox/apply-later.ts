import type { AcceptedCall } from './journal.ts';

/** Mapp's queue: a call takes effect `delayMs` after it was accepted, and `lagMs` more while Mapp is told to lag; in order of acceptance. */
export class ApplyLater {
  readonly #apply: (call: AcceptedCall) => void;
  readonly #delayMs: number;
  #waiting: { readonly due: number; readonly call: AcceptedCall }[] = [];
  #timer: NodeJS.Timeout | null = null;
  lagMs = 0;

  constructor(apply: (call: AcceptedCall) => void, delayMs: number) {
    this.#apply = apply;
    this.#delayMs = delayMs;
  }

  push(call: AcceptedCall): void {
    this.#waiting.push({ due: performance.now() + this.#delayMs + this.lagMs, call });
    this.#arm();
  }

  /** Applies all that waits, at once; how many events that were. */
  drain(): number {
    const calls = this.#waiting.map(({ call }) => call);
    this.clear();
    for (const call of calls) this.#apply(call);
    return calls.reduce((sum, call) => sum + call.events.length, 0);
  }

  /** Forgets what waits. */
  clear(): void {
    this.#waiting = [];
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #arm(): void {
    const next = this.#waiting[0];
    if (next === undefined || this.#timer !== null) return;
    this.#timer = setTimeout(() => this.#run(), Math.max(0, next.due - performance.now()));
  }

  #run(): void {
    this.#timer = null;
    const now = performance.now();
    const due = this.#waiting.findIndex((waiting) => waiting.due > now);
    const ready = this.#waiting.splice(0, due === -1 ? this.#waiting.length : due);
    for (const { call } of ready) this.#apply(call);
    this.#arm();
  }
}

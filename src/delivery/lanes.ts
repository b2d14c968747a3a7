import type { Clock } from './clock.ts';

/** Lets one call of each person at a time through. */
export class Lanes {
  readonly #clock: Clock;
  /** those to be told when the call is over, by person; a person without a call is absent */
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True when inside: `leave` must follow. */
  tryEnter(person: string): boolean {
    if (this.#waiting.has(person)) return false;
    this.#waiting.set(person, new Set());
    return true;
  }

  /** The same, but waits up to `ms`. */
  enter(person: string, ms: number): Promise<boolean> {
    return new Promise((resolve) => {
      let forget = () => {};
      const attempt = () => {
        if (!this.tryEnter(person)) {
          forget = this.whenFree(person, attempt);
          return;
        }
        cancel();
        resolve(true);
      };
      const cancel = this.#clock.after(ms, () => {
        forget();
        resolve(false);
      });
      attempt();
    });
  }

  /** Calls back once when nobody is inside any more, those who asked first first; the answer cancels that. */
  whenFree(person: string, callback: () => void): () => void {
    const waiting = this.#waiting.get(person);
    if (waiting === undefined) {
      callback();
      return () => {};
    }
    waiting.add(callback);
    return () => void waiting.delete(callback);
  }

  leave(person: string): void {
    const waiting = this.#waiting.get(person);
    this.#waiting.delete(person);
    for (const callback of waiting ?? []) callback();
  }
}

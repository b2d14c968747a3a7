import type { Clock } from './clock.ts';

/** Lets one at a time into the lane of each key, in order of arrival. */
export class Lanes {
  readonly #clock: Clock;
  /** those waiting, by key; a key without anybody inside is absent */
  readonly #waiting = new Map<string, (() => void)[]>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** True when inside: `leave` must follow. False when it was not one's turn within `ms`. */
  enter(key: string, ms: number): Promise<boolean> {
    const waiting = this.#waiting.get(key);
    if (waiting === undefined) {
      this.#waiting.set(key, []);
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const admit = () => {
        cancel();
        resolve(true);
      };
      const cancel = this.#clock.after(ms, () => {
        waiting.splice(waiting.indexOf(admit), 1);
        resolve(false);
      });
      waiting.push(admit);
    });
  }

  leave(key: string): void {
    const next = this.#waiting.get(key)?.shift();
    if (next === undefined) this.#waiting.delete(key);
    else next();
  }
}

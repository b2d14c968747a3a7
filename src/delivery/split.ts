import type { Clock } from './clock.ts';

/** Calls that one refused call may cost while the events are looked at in ever smaller groups; the rest goes one by one. */
const MAX_CALLS = 40;
/** What is known of events that never came back is forgotten after so long. */
const REMEMBERED_MS = 600_000;

/** Events that share a call with no others since a call that held them was refused. */
export interface Cohort {
  readonly id: number;
  /** true: each has a call of its own, in the slow lane */
  readonly alone: boolean;
  readonly split: Split;
}

interface Split {
  readonly since: number;
  readonly keys: Set<string>;
  callsLeft: number;
}

/**
 * Mapp drops a whole call for one bad event and does not say for which. The events are divided in halves until the bad one
 * is alone. An event keeps its place in that while it is away as an ordinary activity, or it would spoil the next call.
 */
export class Splits {
  readonly #clock: Clock;
  readonly #cohorts = new Map<string, Cohort>();
  #splits: Split[] = [];
  #lastId = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  cohortOf(key: string): Cohort | null {
    return this.#cohorts.get(key) ?? null;
  }

  /** The call that held exactly these was refused: from now on they are in smaller cohorts. At least two. */
  divide(keys: readonly string[]): void {
    const split = this.#cohorts.get(keys[0]!)?.split ?? this.#begin(keys);
    const halved = split.callsLeft >= 2;
    if (halved) split.callsLeft -= 2;
    const cohort = (): Cohort => ({ id: ++this.#lastId, alone: !halved, split });
    const first = cohort();
    const second = halved ? cohort() : first;
    for (const [at, key] of keys.entries()) this.#cohorts.set(key, at < keys.length / 2 ? first : second);
  }

  /** Its outcome is known. */
  done(key: string): void {
    this.#cohorts.get(key)?.split.keys.delete(key);
    this.#cohorts.delete(key);
  }

  #begin(keys: readonly string[]): Split {
    const oldest = this.#clock.now() - REMEMBERED_MS;
    for (const { since, keys: forgotten } of this.#splits) {
      if (since < oldest) for (const key of forgotten) this.#cohorts.delete(key);
    }
    const split: Split = { since: this.#clock.now(), keys: new Set(keys), callsLeft: MAX_CALLS };
    this.#splits = [...this.#splits.filter(({ since, keys: left }) => since >= oldest && left.size > 0), split];
    return split;
  }
}

import type { EventNote } from '../plan/event.ts';

/** How often what came meanwhile is told. */
export const TELL_EVERY_MS = 60_000;

interface Told {
  /** the sentence */
  readonly what: string;
  /** times since it was told */
  more: number;
}

/**
 * Tells operators of fields that are missing or not as declared: of each source, event and field the first at once, then the
 * number of the others by `sum`, which is to be called every `TELL_EVERY_MS`. A producer that has changed its format would
 * flood the log otherwise; the metric counts them all.
 */
export class FieldLog {
  readonly #log: (message: string) => void;
  /** declared names only, so that they are of bounded number */
  readonly #told = new Map<string, Told>();

  constructor(log: (message: string) => void) {
    this.#log = log;
  }

  tell(source: string, event: string, notes: readonly EventNote[]): void {
    for (const { pointer, detail } of notes) {
      const place = `source ${source}: event ${JSON.stringify(event)}: ${pointer}`;
      const told = this.#told.get(place);
      if (told !== undefined) {
        told.more += 1;
        continue;
      }
      const what = `${place} ${detail}`;
      this.#told.set(place, { what, more: 0 });
      this.#log(what);
    }
  }

  /** What did not come again is told at once the next time. */
  sum(): void {
    for (const [place, told] of this.#told) {
      if (told.more === 0) this.#told.delete(place);
      else this.#log(`${told.what} (${told.more} more ${told.more === 1 ? 'time' : 'times'} since this was said)`);
      told.more = 0;
    }
  }
}

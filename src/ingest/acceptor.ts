import type { CanonicalEvent } from '../plan/event.ts';
import type { Store } from '../store/store.ts';
import { type Accepted, acceptEvents, type Beside } from './accept.ts';
import { EVENTS_PER_REQUEST } from './limits.ts';
import type { QuarantineRow } from './quarantine.ts';
import type { Outcome } from './source-adapter.ts';

interface Waiting {
  readonly events: readonly CanonicalEvent[];
  readonly quarantined: readonly QuarantineRow[];
  readonly resolve: (accepted: Accepted) => void;
  readonly reject: (error: unknown) => void;
}

export interface Acceptor {
  /** Resolves once the events are durable. */
  accept(events: readonly CanonicalEvent[], quarantined: readonly QuarantineRow[]): Promise<Accepted>;
}

/** Transactions under way at once: one that waits for its commit, one that works. */
export const IN_FLIGHT = 2;

/**
 * Puts requests that arrive while transactions are under way into one transaction, because rows written in groups cost a
 * fiftieth. An idle server writes at once. Where a group fails, each of its requests is tried alone, so that none fails
 * for another's sake.
 */
export function createAcceptor(store: Pick<Store, 'db'>, beside?: Beside): Acceptor {
  const waiting: Waiting[] = [];
  let running = 0;

  function next(): void {
    while (running < IN_FLIGHT && waiting.length > 0) {
      running++;
      void run(takeGroup(waiting)).finally(() => {
        running--;
        next();
      });
    }
  }

  async function run(group: readonly Waiting[]): Promise<void> {
    try {
      const all = await acceptEvents(
        store,
        group.flatMap((one) => one.events),
        group.flatMap((one) => one.quarantined),
        beside,
      );
      share(group, all);
    } catch (error) {
      if (group.length === 1) group[0]!.reject(error);
      else for (const one of group) await run([one]);
    }
  }

  return {
    accept(events, quarantined) {
      return new Promise((resolve, reject) => {
        waiting.push({ events, quarantined, resolve, reject });
        next();
      });
    },
  };
}

/** From the front of the queue, at least one request, as many as fit. */
function takeGroup(waiting: Waiting[]): Waiting[] {
  let size = 0;
  let count = 0;
  while (count < waiting.length && (count === 0 || size + waiting[count]!.events.length <= EVENTS_PER_REQUEST)) {
    size += waiting[count]!.events.length;
    count++;
  }
  return waiting.splice(0, count);
}

function share(group: readonly Waiting[], all: Accepted): void {
  let at = 0;
  for (const one of group) {
    const outcomes: readonly Outcome[] = all.outcomes.slice(at, at + one.events.length);
    const conflicts = all.conflicts.slice(at, at + one.events.length);
    at += one.events.length;
    one.resolve({ outcomes, conflicts });
  }
}

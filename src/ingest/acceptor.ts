import type { CanonicalEvent } from '../plan/event.ts';
import type { Store } from '../store/store.ts';
import { type Accepted, acceptEvents, type Beside } from './accept.ts';
import { EVENTS_PER_REQUEST } from './limits.ts';
import type { QuarantineRow } from './quarantine.ts';
import type { Outcome } from './source-adapter.ts';
import { isOutOfReach, mayBeStored, StoreSlow } from './store-away.ts';

interface Waiting {
  readonly events: readonly CanonicalEvent[];
  readonly quarantined: readonly QuarantineRow[];
  /** nobody waits for it any more */
  givenUp: boolean;
  readonly stored: (accepted: Accepted) => void;
  readonly resolve: (accepted: Accepted) => void;
  readonly reject: (error: unknown) => void;
}

export interface Acceptor {
  /**
   * Resolves once the events are durable. Rejects with what the store throws, and with StoreSlow where it has not
   * answered in time; what waits in line then is never begun.
   *
   * @param stored hears of it as soon as it is durable, also when nobody waits for it any more
   */
  accept(
    events: readonly CanonicalEvent[],
    quarantined: readonly QuarantineRow[],
    stored?: (accepted: Accepted) => void,
  ): Promise<Accepted>;
}

/** Transactions under way at once: one that waits for its commit, one that works. */
export const IN_FLIGHT = 2;

/** How long a request waits for the store: about as long as producers wait for an answer. */
export const PATIENCE_MS = 10_000;

/**
 * Puts requests that arrive while transactions are under way into one transaction, because rows written in groups cost a
 * fiftieth. An idle server writes at once. Where a group fails, each of its requests is tried alone, so that none fails
 * for another's sake. Where the connection broke before the answer came, the store is asked once more: the events'
 * keys tell whether they are there. What that commit was to write and is there now counts as accepted by it.
 */
export function createAcceptor(store: Pick<Store, 'db'>, beside?: Beside, patienceMs = PATIENCE_MS): Acceptor {
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

  /** `first`: what the one request of the group failed with before; `lost`: what a commit made of it whose answer was lost. */
  async function run(group: readonly Waiting[], first: unknown = null, lost: Accepted | null = null): Promise<void> {
    const attempt: { made: Accepted | null } = { made: null };
    try {
      const all = await acceptEvents(
        store,
        group.flatMap((one) => one.events),
        group.flatMap((one) => one.quarantined),
        beside,
        (accepted) => {
          attempt.made = accepted;
        },
      );
      share(group, lost === null ? all : together(lost, all));
    } catch (error) {
      const again = !isOutOfReach(error) && (group.length > 1 || (first === null && mayBeStored(error)));
      const tried = attempt.made === null || !mayBeStored(error) ? null : parts(group, attempt.made);
      if (again) {
        for (const [n, one] of group.entries()) {
          if (!one.givenUp) await run([one], group.length === 1 ? error : null, tried?.[n] ?? null);
        }
      }
      if (!again) for (const { reject } of group) reject(first ?? error);
    }
  }

  return {
    accept(events, quarantined, stored = () => {}) {
      return new Promise((resolve, reject) => {
        const one: Waiting = {
          events,
          quarantined,
          givenUp: false,
          stored,
          resolve: (accepted) => {
            clearTimeout(timer);
            resolve(accepted);
          },
          reject: (error) => {
            clearTimeout(timer);
            reject(error);
          },
        };
        const timer = setTimeout(() => {
          one.givenUp = true;
          const at = waiting.indexOf(one);
          if (at !== -1) waiting.splice(at, 1);
          reject(new StoreSlow(at === -1, patienceMs));
        }, patienceMs);
        waiting.push(one);
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
  for (const [n, part] of parts(group, all).entries()) {
    group[n]!.stored(part);
    group[n]!.resolve(part);
  }
}

/** What became of each request of a group. */
function parts(group: readonly Waiting[], { outcomes, conflicts, kept, toRoute }: Accepted): Accepted[] {
  let [at, row] = [0, 0];
  return group.map(({ events, quarantined }) => {
    const [from, first] = [at, row];
    at += events.length;
    row += quarantined.length;
    return {
      outcomes: outcomes.slice(from, at),
      conflicts: conflicts.slice(from, at),
      kept: kept.slice(first, row),
      toRoute,
    };
  });
}

/** Either the lost commit was made, or the one after it was: whoever wrote a row, it was written for this request. */
function together(lost: Accepted, after: Accepted): Accepted {
  const outcomes: Outcome[] = after.outcomes.map((outcome, n) =>
    lost.outcomes[n] === 'accepted' ? 'accepted' : outcome,
  );
  return {
    outcomes,
    conflicts: after.conflicts.map((count, n) => Math.max(count, lost.conflicts[n]!)),
    kept: after.kept.map((fresh, n) => fresh || lost.kept[n]!),
    toRoute: after.toRoute || lost.toRoute,
  };
}

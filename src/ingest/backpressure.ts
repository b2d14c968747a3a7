import type { ServerResponse } from 'node:http';
import { sql } from 'kysely';
import type { Store } from '../store/store.ts';
import { type Background, backOff, inBackground } from '../system/background.ts';
import type { IngestBounds } from './bounds.ts';
import type { Metrics } from './metrics.ts';
import type { Problem } from './problem.ts';
import { BODY_LIMIT } from './read-json.ts';
import { unavailable } from './take-request.ts';

/** How often the backlog is looked at; counting stops at the bound. */
const LOOK_EVERY_MS = 5_000;
const FAILED_MS = [5_000, 60_000] as const;
/** Bytes of bodies in hand at once, in one process: beyond that, memory would be what gives way. */
const MAX_BYTES_IN_HAND = 32 * BODY_LIMIT;

/** A request that is counted in. */
export interface Held {
  /** What is done for it counts until it is done, also where the producer has gone meanwhile: its events are in memory still. */
  during<T>(work: Promise<T>): Promise<T>;
}

export interface Backpressure {
  /**
   * Counts a request in until its response is over. Throws a Problem with 503 and Retry-After, which every producer
   * repeats (429 is none of Segment's), where the bound is reached; then nothing of it was read.
   *
   * @param bytes of the body as its header says, null where it does not
   */
  enter(bytes: number | null, response: ServerResponse): Held;
  /** looks at the backlog now */
  look(): Promise<void>;
  stop(): Promise<void>;
}

/** Refuses what could not be worked off, before it is read: too many requests in hand, or too many events waiting. */
export function createBackpressure(
  store: Store,
  { maxRequests, maxBacklog }: IngestBounds,
  metrics: Metrics,
  log: (message: string, facts?: { readonly level: 'warn' }) => void,
): Backpressure {
  let requests = 0;
  let bytesInHand = 0;
  let full = false;

  async function look(): Promise<void> {
    const backlog = await backlogOf(store, maxBacklog);
    metrics.set('flows_inbox_backlog', backlog);
    if (backlog >= maxBacklog !== full) {
      full = !full;
      log(
        full
          ? `${backlog} events wait to be decided, the most that FLOWS_MAX_BACKLOG allows: new ones are refused with 503`
          : 'fewer events wait to be decided: new ones are taken again',
        { level: 'warn' },
      );
    }
  }
  const watch: Background = inBackground(
    async () => {
      await look();
      return LOOK_EVERY_MS;
    },
    (_error, times) => backOff(times, ...FAILED_MS),
  );

  return {
    enter(length, response) {
      const bytes = Math.min(length ?? BODY_LIMIT, BODY_LIMIT);
      if (full) throw overloaded('too many events wait to be decided');
      if (requests >= maxRequests) throw overloaded(`${maxRequests} requests are in hand`);
      if (bytesInHand + bytes > MAX_BYTES_IN_HAND) throw overloaded('the requests in hand are too large together');
      requests++;
      bytesInHand += bytes;
      metrics.set('flows_ingest_requests_in_hand', requests);
      let held = 1;
      const release = () => {
        if (--held > 0) return;
        requests--;
        bytesInHand -= bytes;
        metrics.set('flows_ingest_requests_in_hand', requests);
      };
      // `close` comes after an answer and after a connection that broke off alike.
      response.once('close', release);
      return {
        during(work) {
          held++;
          return work.finally(release);
        },
      };
    },
    look,
    stop: () => watch.stop(),
  };
}

async function backlogOf(store: Store, most: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from (select from inbox where state = 'new' limit ${most}) waiting`.execute(store.db);
  return rows[0]!.count;
}

function overloaded(why: string): Problem {
  return unavailable(`${why}; nothing was stored, try again later`);
}

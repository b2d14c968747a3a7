/** Brings Mapp up to what producers said (`syncs`): write-through and audience exports. */
import type { ConnectClient } from '../mapp/connect.ts';
import { isMappError } from '../mapp/errors.ts';
import type { Project } from '../plan/project.ts';
import type { Store } from '../store/store.ts';
import { type Background, backOff, inBackground } from '../system/background.ts';
import { Breaker } from './breaker.ts';
import { type Clock, type Random, sleep, systemClock } from './clock.ts';
import { troubleOf, troubleSentence } from './mapp-trouble.ts';
import type { Rate } from './rate.ts';
import { halves, type SyncCall, syncCalls } from './sync-calls.ts';
import { delaySyncs, type SettledSync, settleSyncs, takeSyncs } from './sync-rows.ts';

/** Mapp's limit for one batch. */
const AT_ONCE = 1_000;
const IDLE_MS = 1_000;
const FAILED_MS = [1_000, 60_000] as const;

export interface SyncOptions {
  readonly store: Store;
  readonly connect: Pick<ConnectClient, 'event' | 'batch'>;
  /** the turns of Connect, shared with everything else that calls it */
  readonly rate: Rate;
  readonly exports: NonNullable<Project['exports']>;
  /** the catalogue's groups: `group_joined` names one as flows do */
  readonly groups: Project['groups'];
  /** sentences for operators */
  readonly log: (message: string) => void;
  /** moved by hand in tests */
  readonly clock?: Clock;
  readonly random?: Random;
}

/**
 * Sends what is due, again and again, in calls of up to 1,000 events. Every write says how things are, so that one of
 * unknown fate is simply made again: nothing is claimed in the ledger, and several workers may do this at once.
 */
export function startSync(options: SyncOptions): Background {
  const send = createSyncSender(options);
  return inBackground(
    async () => {
      const { taken, pauseMs } = await send();
      return pauseMs > 0 ? pauseMs : taken === AT_ONCE ? 0 : IDLE_MS;
    },
    (error, times) => {
      if (times === 1)
        options.log(`what producers said could not be sent to Mapp (${(error as Error).message}): tried again later`);
      return backOff(times, ...FAILED_MS);
    },
  );
}

/** One portion: answers how many rows it had, and how long to wait because Mapp is in trouble. */
export function createSyncSender({
  store,
  connect,
  rate,
  exports,
  groups,
  log,
  clock = systemClock,
  random = Math.random,
}: SyncOptions): () => Promise<{ readonly taken: number; readonly pauseMs: number }> {
  const breaker = new Breaker(clock, random);

  return async () => {
    const pause = breaker.remaining();
    if (pause > 0) return { taken: 0, pauseMs: pause };
    const rows = await takeSyncs(store, AT_ONCE);
    if (rows.length === 0) return { taken: 0, pauseMs: 0 };
    const { calls, done } = syncCalls(rows, exports);
    await settleSyncs(store, done, groups);
    const waiting: (readonly SyncCall[])[] = calls.length === 0 ? [] : [calls];
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const outcome = await attempt(part);
      if (outcome === 'split') waiting.unshift(...(halves(part, exports) ?? []));
      else if (typeof outcome === 'number') {
        // Nothing can be said of what was not sent yet: it waits together.
        await delaySyncs(
          store,
          [part, ...waiting].flat().flatMap((call) => call.rows),
          outcome,
        );
        break;
      }
    }
    return { taken: rows.length, pauseMs: breaker.remaining() };
  };

  /** `split`: Mapp refuses something in it; a number: it is in trouble, for so many ms at least. */
  async function attempt(calls: readonly SyncCall[]): Promise<'settled' | 'split' | number> {
    await sleep(clock, await rate.reserve(1));
    const startedAt = clock.now();
    const settle = async (state: SettledSync['state'], reason: string | null) => {
      await settleSyncs(
        store,
        calls.flatMap(({ rows }) => rows.map((row) => ({ row, state, reason }))),
        groups,
      );
      return 'settled' as const;
    };
    try {
      const [first, ...others] = calls;
      if (others.length === 0) await connect.event('user', first!.body);
      else
        await connect.batch(
          'user',
          calls.map(({ body }) => body),
        );
    } catch (error) {
      if (isMappError(error) && error.fate === 'refused') {
        breaker.succeeded(startedAt);
        return halves(calls, exports) === null ? settle('rejected', error.message) : 'split';
      }
      const trouble = troubleOf(error);
      const paused = breaker.failed(startedAt, trouble);
      if (paused !== null) log(troubleSentence(error, paused));
      if (trouble.everybody === true) await rate.postpone(breaker.remaining());
      return breaker.remaining();
    }
    breaker.succeeded(startedAt);
    return settle('sent', null);
  }
}

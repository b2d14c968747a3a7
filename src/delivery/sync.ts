/** Brings Mapp up to what producers said (`syncs`): write-through and audience exports. */
import type { ConnectClient } from '../mapp/connect.ts';
import { isMappError, type MappError } from '../mapp/errors.ts';
import type { Project } from '../plan/project.ts';
import type { Store } from '../store/store.ts';
import { type Background, backOff, inBackground } from '../system/background.ts';
import type { CallTurns } from './call-turns.ts';
import { type Clock, systemClock } from './clock.ts';
import { troubleOf, troubleSentence } from './mapp-trouble.ts';
import { learnFrom } from './refused-call.ts';
import { Splits } from './split.ts';
import { apart, type SyncCall, type SyncPart, syncCalls, syncKey, syncParts } from './sync-calls.ts';
import { createRefusalLog } from './sync-refusals.ts';
import { delaySyncs, type SettledSync, settleSyncs, takeSyncs } from './sync-rows.ts';

/** Mapp's limit for one batch. */
const AT_ONCE = 1_000;
/** A portion is given up by then, in time before the rows are anybody's again. */
const PORTION_MS = 60_000;
const IDLE_MS = 1_000;
const FAILED_MS = [1_000, 60_000] as const;

export interface SyncOptions {
  readonly store: Store;
  readonly connect: Pick<ConnectClient, 'event' | 'batch'>;
  /** syncs are writes: they take their turns among them */
  readonly turns: CallTurns;
  readonly exports: NonNullable<Project['exports']>;
  /** the catalogue's groups: `group_joined` names one as flows do */
  readonly groups: Project['groups'];
  /** sentences for operators */
  readonly log: (message: string) => void;
  /** moved by hand in tests */
  readonly clock?: Clock;
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
  turns,
  exports,
  groups,
  log,
  clock = systemClock,
}: SyncOptions): () => Promise<{ readonly taken: number; readonly pauseMs: number }> {
  const { size } = turns;
  const splits = new Splits(clock);
  const tellRefused = createRefusalLog(log);

  return async () => {
    const pause = turns.pause();
    if (pause > 0) return { taken: 0, pauseMs: pause };
    const began = clock.now();
    const rows = await takeSyncs(store, AT_ONCE);
    if (rows.length === 0) return { taken: 0, pauseMs: 0 };
    const { calls, done } = syncCalls(rows, exports);
    await settleSyncs(store, done, groups);
    tellRefused(done, false);
    const waiting = syncParts(calls, size, splits);
    let pauseMs = 0;
    for (let part = waiting.shift(); part !== undefined; part = waiting.shift()) {
      const outcome = clock.now() - began > PORTION_MS ? 0 : await attempt(part);
      if (outcome === 'settled') continue;
      if (typeof outcome === 'number') {
        // Nothing can be said of what was not sent yet: it waits together.
        const left = [part, ...waiting].flatMap((one) => one.calls).flatMap((call) => call.rows);
        await delaySyncs(store, left, outcome);
        pauseMs = outcome;
        break;
      }
      waiting.unshift(...outcome);
    }
    return { taken: rows.length, pauseMs };
  };

  /** Smaller parts: Mapp refuses something in it; a number: it is in trouble, for so many ms at least. */
  async function attempt({ calls, turns: name, bytes }: SyncPart): Promise<'settled' | readonly SyncPart[] | number> {
    const turn = await turns.turn(name);
    if ('refused' in turn) return Math.max(turn.retryInMs, IDLE_MS);
    const [first, ...others] = calls;
    try {
      const bodies = calls.map(({ body }) => body);
      await (others.length === 0 ? connect.event('user', first!.body) : connect.batch('user', bodies));
    } catch (error) {
      if (isMappError(error) && error.fate === 'refused') {
        turn.succeeded();
        return refused(error, calls, bytes);
      }
      const paused = turn.failed(troubleOf(error));
      if (paused !== null) log(troubleSentence(error, paused));
      return turns.pause();
    }
    turn.succeeded();
    size.passed(bytes);
    return settled(calls, 'sent', null);
  }

  function refused(
    { status, message }: MappError,
    calls: readonly SyncCall[],
    bytes: number,
  ): readonly SyncPart[] | Promise<'settled'> {
    if (calls.length > 1) {
      learnFrom({ keys: calls.map(syncKey), bytes, status }, { size, splits, log });
      return syncParts(calls, size, splits);
    }
    const smaller = apart(calls[0]!, exports);
    if (smaller === null) return settled(calls, 'rejected', message);
    return smaller.flatMap((call) => syncParts([call], size, splits));
  }

  async function settled(
    calls: readonly SyncCall[],
    state: SettledSync['state'],
    reason: string | null,
  ): Promise<'settled'> {
    for (const call of calls) splits.done(syncKey(call));
    const rows = calls.flatMap((call) => call.rows).map((row) => ({ row, state, reason }));
    await settleSyncs(store, rows, groups);
    tellRefused(rows, true);
    return 'settled';
  }
}

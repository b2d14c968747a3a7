import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { checkCluster, knowsCluster } from '../store/cluster-guard.ts';
import type { Store } from '../store/store.ts';
import { backOff, inBackground } from '../system/background.ts';
import { clusterIdentity } from '../temporal/cluster-identity.ts';
import { connectTemporal, TemporalAway, type TemporalSettings } from '../temporal/connection.ts';
import { ensureSearchAttributes } from '../temporal/search-attributes.ts';
import type { ComingConnection } from './engine-options.ts';
import type { Log } from './log.ts';

/**
 * The connection that an engine works with, after everything that must be right before it acts: Temporal answers, is the
 * one on which the store's runs live, and knows our search attributes.
 *
 * @param limit how long to try, ms
 * @throws SetupError with the remedy
 */
export async function guardedConnection(
  settings: TemporalSettings,
  store: Store,
  limit?: number,
): Promise<NativeConnection> {
  const connection = await connectTemporal(settings, limit);
  try {
    await checkCluster(store, await clusterIdentity(connection, settings.namespace));
    await ensureSearchAttributes(connection, settings.namespace);
  } finally {
    await connection.close();
  }
  // Both kinds of connection take these options; only their types differ, in forms that `temporalSettings` never makes.
  return NativeConnection.connect({
    ...(settings.options as NativeConnectionOptions),
    // The SDK compresses what it sends; to this machine that is work for two and spares nobody anything.
    ...(isLoopback(settings.options.address) && { grpcCompression: { codec: 'none' } }),
  });
}

const LONGEST_PAUSE_MS = 10_000;
const LONGEST_ATTEMPT_MS = 10_000;

/**
 * The same for whoever has work without Temporal: where that does not answer, and the store knows it, the connection comes as
 * soon as everything is right. A store that has met none yet was probably given a wrong address.
 *
 * @param limit how long the first attempt may take, ms; later ones may take longer
 * @throws SetupError with the remedy
 */
export async function connectionWhenThere(
  settings: TemporalSettings,
  store: Store,
  log: Log,
  limit = LONGEST_ATTEMPT_MS,
): Promise<NativeConnection | ComingConnection> {
  let told: string | null = null;
  const tell = ({ message }: Error) => {
    if (message !== told) log(`${message} Till then events are taken, and wait in the inbox.`, { level: 'error' });
    told = message;
  };
  try {
    return await guardedConnection(settings, store, limit);
  } catch (error) {
    if (!(error instanceof TemporalAway) || !(await knowsCluster(store))) throw error;
    tell(error);
  }
  let found: NativeConnection | null = null;
  let patience = limit;
  let come: (connection: NativeConnection) => void;
  const coming = new Promise<NativeConnection>((resolve) => {
    come = resolve;
  });
  const trying = inBackground(
    async () => {
      patience = Math.min(2 * patience, LONGEST_ATTEMPT_MS);
      found = await guardedConnection(settings, store, patience);
      log('Temporal answers again');
      come(found);
      return null;
    },
    (error, times) => {
      tell(error as Error);
      return backOff(times, 500, LONGEST_PAUSE_MS);
    },
  );
  return {
    coming,
    close: async () => {
      await trying.stop();
      await found?.close();
    },
  };
}

function isLoopback(address: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(address);
}

import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { checkCluster } from '../store/cluster-guard.ts';
import type { Store } from '../store/store.ts';
import { clusterIdentity } from '../temporal/cluster-identity.ts';
import { connectTemporal, type TemporalSettings } from '../temporal/connection.ts';
import { ensureSearchAttributes } from '../temporal/search-attributes.ts';

/**
 * The connection that an engine works with, after everything that must be right before it acts: Temporal answers, is the
 * one on which the store's runs live, and knows our search attributes.
 *
 * @throws SetupError with the remedy
 */
export async function guardedConnection(settings: TemporalSettings, store: Store): Promise<NativeConnection> {
  const connection = await connectTemporal(settings);
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

function isLoopback(address: string): boolean {
  return /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/.test(address);
}

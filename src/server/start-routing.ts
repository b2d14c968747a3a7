import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { payloadOptions } from '../codec/data-converter.ts';
import { startErasing } from '../operate/erasing.ts';
import { startRouter } from '../router/router.ts';
import type { Sealer } from '../system/seal.ts';
import type { ReadyOptions } from './engine-options.ts';
import { routerLog } from './log.ts';

export interface Routing {
  /** there may be something to do now */
  nudge(): void;
  stop(): Promise<void>;
}

/**
 * What acts on Temporal beside the ingest: the router, and whoever carries erasures out. Where the connection is yet to come
 * they begin with it; what the ingest takes waits in the inbox till then.
 *
 * @param rawDays days for which bodies in quarantine are kept
 */
export function startRouting(options: ReadyOptions, sealer: Sealer, rawDays: number): Routing {
  const { connection } = options;
  if (!('coming' in connection)) return routingOver(connection, options, sealer, rawDays);
  let routing: Routing | null = null;
  let stopped = false;
  void connection.coming.then((found) => {
    if (!stopped) routing = routingOver(found, options, sealer, rawDays);
  });
  return {
    nudge: () => routing?.nudge(),
    stop: async () => {
      stopped = true;
      await routing?.stop();
    },
  };
}

function routingOver(
  connection: NativeConnection,
  { store, namespace, taskQueue, speed, worker, log }: ReadyOptions,
  sealer: Sealer,
  rawDays: number,
): Routing {
  const client = new Client({ connection, namespace, ...payloadOptions(store, 'tell') });
  const router = startRouter({
    store,
    client,
    taskQueue,
    speed,
    // Only a worker in the same process can take a run that starts eagerly.
    eager: worker !== null,
    log: routerLog(log),
    rawDays,
  });
  const erasing = startErasing({ store, client, namespace, sealer }, log);
  return {
    nudge: () => router.nudge(),
    stop: async () => {
      await erasing.stop();
      await router.stop();
    },
  };
}

/** HTTP ingest and router, with what serves people's rights. Wiring only. */
import { Client } from '@temporalio/client';
import { addCodecRoutes } from '../codec/codec-routes.ts';
import { payloadOptions } from '../codec/data-converter.ts';
import { DEFAULT_BOUNDS } from '../ingest/bounds.ts';
import { startIngest } from '../ingest/server.ts';
import { startErasing } from '../operate/erasing.ts';
import { createPassOver } from '../router/pass-over.ts';
import { startRouter } from '../router/router.ts';
import { createSealer } from '../system/seal.ts';
import type { EngineOptions, ReadyOptions, Stops } from './engine-options.ts';
import { ledgerFeedback } from './feedback.ts';
import { routerLog } from './log.ts';

export async function startServe(
  options: ReadyOptions,
  { host, port, secrets, dev, ...more }: NonNullable<EngineOptions['serve']>,
  moreMetrics: () => Promise<string>,
  stops: Stops,
): Promise<{ readonly url: string; nudge(): void }> {
  const { store, connection, namespace, project, speed, log } = options;
  const bounds = { ...DEFAULT_BOUNDS, ...more.bounds };
  const client = new Client({ connection, namespace, ...payloadOptions(store, 'tell') });
  const sealer = createSealer(options.encryptionKeys ?? []);
  const router = startRouter({
    store,
    client,
    taskQueue: options.taskQueue,
    speed,
    // Only a worker in the same process can take a run that starts eagerly.
    eager: options.worker !== null,
    log: routerLog(log),
    rawDays: bounds.rawDays,
  });
  stops.push(() => router.stop());
  const erasing = startErasing({ store, client, namespace, sealer }, log);
  stops.push(() => erasing.stop());
  const ingest = await startIngest({
    store,
    project,
    secrets,
    host,
    port,
    dev,
    feedback: ledgerFeedback,
    passOver: createPassOver(),
    onAccepted: () => router.nudge(),
    log,
    sealer,
    bounds,
    moreMetrics,
    moreRoutes: (app) => addCodecRoutes(app, store, more.codec ?? { token: null, origins: [] }),
  });
  stops.push(() => ingest.close());
  return { url: ingest.url, nudge: () => router.nudge() };
}

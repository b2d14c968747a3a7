/** HTTP ingest and router, with what serves people's rights. Wiring only. */
import { addCodecRoutes } from '../codec/codec-routes.ts';
import { DEFAULT_BOUNDS } from '../ingest/bounds.ts';
import { startIngest } from '../ingest/server.ts';
import { createPassOver } from '../router/pass-over.ts';
import { createSealer } from '../system/seal.ts';
import type { EngineOptions, ReadyOptions, Stops } from './engine-options.ts';
import { ledgerFeedback } from './feedback.ts';
import { startRouting } from './start-routing.ts';

export async function startServe(
  options: ReadyOptions,
  { host, port, secrets, dev, ...more }: NonNullable<EngineOptions['serve']>,
  moreMetrics: () => Promise<string>,
  stops: Stops,
): Promise<{ readonly url: string; nudge(): void }> {
  const { store, project, log } = options;
  const bounds = { ...DEFAULT_BOUNDS, ...more.bounds };
  const sealer = createSealer(options.encryptionKeys ?? []);
  const routing = startRouting(options, sealer, bounds.rawDays);
  stops.push(() => routing.stop());
  const ingest = await startIngest({
    store,
    project,
    secrets,
    host,
    port,
    dev,
    feedback: ledgerFeedback,
    passOver: createPassOver(),
    onAccepted: () => routing.nudge(),
    log,
    sealer,
    bounds,
    moreMetrics,
    moreRoutes: (app) => addCodecRoutes(app, store, more.codec ?? { token: null, origins: [] }),
  });
  stops.push(() => ingest.close());
  return { url: ingest.url, nudge: () => routing.nudge() };
}

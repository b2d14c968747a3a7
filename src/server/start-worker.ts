/** Runs flows and calls Mapp. Wiring only. */
import type { State } from '@temporalio/worker';
import { createActivities } from '../activities/activities.ts';
import { payloadOptions } from '../codec/data-converter.ts';
import { createDelivery } from '../delivery/delivery.ts';
import { startSync } from '../delivery/sync.ts';
import { acceptNamed } from '../ingest/accept-named.ts';
import { ConnectClient } from '../mapp/connect.ts';
import { createTimedActivities } from '../router/enter-due.ts';
import { beginExports } from '../store/exports.ts';
import { ownerName } from '../system/owner-name.ts';
import { createRunReports } from '../worker/run-reports.ts';
import { createFlowWorker } from '../worker/worker.ts';
import { requireNoEngage, startEngage } from './engage.ts';
import type { EngineOptions, ReadyOptions, Stops } from './engine-options.ts';
import { wakeRun } from './feedback.ts';
import { countingCalls, countingEffects, createWorkerMetrics, renderWorkerMetrics } from './worker-metrics.ts';

/** Workflow tasks at once: a process that does nothing else may take more (PROTOCOLS.md §4). */
const SLOTS = { alone: 500, shared: 300 };

export interface StartedWorker {
  /** resolves after `stop`, and rejects when the worker dies before */
  readonly ended: Promise<void>;
  state(): State;
  metrics(): string;
}

export async function startWorker(
  options: ReadyOptions,
  { mapp, engage: engageSettings = null, rate, batch, tuning }: NonNullable<EngineOptions['worker']>,
  stops: Stops,
): Promise<StartedWorker> {
  const { store, namespace, project, log } = options;
  const connection = 'coming' in options.connection ? await options.connection.coming : options.connection;
  const metrics = createWorkerMetrics();
  if (engageSettings === null) await requireNoEngage(store);
  const engage = engageSettings && startEngage(engageSettings, project, metrics);
  stops.push(async () => engage?.close());
  const connect = new ConnectClient({ ...mapp, ...project.mapp });
  stops.push(() => connect.close());
  const counted = countingCalls(connect, metrics);
  const delivery = createDelivery({
    store,
    connect: counted,
    ...(engage && { engage: engage.options }),
    rate,
    ...(batch && { batch }),
    owner: ownerName(),
    log,
    onLateEvidence: wakeRun,
    timezoneAttribute: project.timezone_attribute,
    ...(project.mapp?.key_field !== undefined && { keyField: project.mapp.key_field }),
    accept: acceptNamed,
    secret: (name) => (options.environment ?? process.env)[name],
  });
  stops.push(() => delivery.close());
  const exports = project.exports ?? {};
  await beginExports(store, exports);
  const sync = startSync({ store, connect: counted, turns: delivery.turns, exports, groups: project.groups, log });
  stops.push(() => sync.stop());
  const reports = createRunReports(store, log);
  stops.push(() => reports.close());
  const worker = await createFlowWorker({
    connection,
    namespace,
    taskQueue: options.taskQueue,
    activities: {
      ...createActivities(countingEffects(delivery, metrics)),
      ...createTimedActivities(store, project.timezone_attribute),
    },
    reports,
    slots: options.serve === null ? SLOTS.alone : SLOTS.shared,
    ...tuning,
    ...payloadOptions(store, 'fail'),
  });
  const ended = worker.run();
  // Whoever awaits `ended` hears of it; without this, a worker that dies before anybody does would end the process.
  ended.catch(() => {});
  stops.push(async () => {
    // Core ends local activities first, and their runs then ask for the next effects: the ledger must refuse those.
    void delivery.drain();
    if (worker.getState() === 'RUNNING') worker.shutdown();
    await ended.catch(() => {});
  });
  return {
    ended,
    state: () => worker.getState(),
    metrics: () => renderWorkerMetrics(metrics, worker.getStatus()),
  };
}

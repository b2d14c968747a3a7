import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Client } from '@temporalio/client';
import type { NativeConnection, State } from '@temporalio/worker';
import { sql } from 'kysely';
import { createActivities } from '../activities/activities.ts';
import { addCodecRoutes, type CodecAccess } from '../codec/codec-routes.ts';
import { payloadOptions } from '../codec/data-converter.ts';
import type { Environment } from '../config/env-file.ts';
import { createDelivery } from '../delivery/delivery.ts';
import { sharedRate } from '../delivery/rate.ts';
import { startSync } from '../delivery/sync.ts';
import { acceptNamed } from '../ingest/accept-named.ts';
import { DEFAULT_BOUNDS, type IngestBounds } from '../ingest/bounds.ts';
import { startIngest } from '../ingest/server.ts';
import type { CallSize } from '../mapp/batch-size.ts';
import { ConnectClient, type ConnectSettings } from '../mapp/connect.ts';
import type { EngageSettings } from '../mapp/engage.ts';
import { startErasing } from '../operate/erasing.ts';
import { storeGauges } from '../operate/store-gauges.ts';
import type { Project } from '../plan/project.ts';
import { createTimedActivities } from '../router/enter-due.ts';
import { startRouter } from '../router/router.ts';
import { beginExports } from '../store/exports.ts';
import type { Store } from '../store/store.ts';
import { storeId } from '../store/store-id.ts';
import { createSealer } from '../system/seal.ts';
import { createRunReports } from '../worker/run-reports.ts';
import { createFlowWorker } from '../worker/worker.ts';
import { requireNoEngage, startEngage } from './engage.ts';
import { ledgerFeedback, wakeRun } from './feedback.ts';
import { startHealth } from './health.ts';
import { type Log, routerLog } from './log.ts';
import { countingCalls, countingEffects, createWorkerMetrics, renderWorkerMetrics } from './worker-metrics.ts';

/** Workflow tasks at once: a process that does nothing else may take more (PROTOCOLS.md §4). */
const SLOTS = { alone: 500, shared: 300 };

export interface EngineOptions {
  readonly store: Store;
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly project: Project;
  /** `worker`: runs flows and calls Mapp. `health`: where a worker alone answers for itself */
  readonly worker: {
    readonly mapp: ConnectSettings;
    /** absent: no access to Mapp Engage */
    readonly engage?: EngageSettings | null;
    readonly rate: number;
    readonly batch?: CallSize;
    readonly health?: { readonly host: string; readonly port: number };
  } | null;
  /** `serve`: HTTP ingest and the router */
  readonly serve: {
    readonly host: string;
    /** 0 = any free port */
    readonly port: number;
    /** values of the sources' secrets, by source */
    readonly secrets: { readonly [source: string]: readonly string[] };
    /** takes `POST /v1/events` without a token where no `api` source is declared */
    readonly dev: boolean;
    /** who may decode payloads, for Temporal's UI; this machine unless told */
    readonly codec?: CodecAccess;
    /** what differs from the defaults */
    readonly bounds?: Partial<IngestBounds>;
  } | null;
  /** keys that texts at rest are sealed with, the one in use first; none: they are kept as they are */
  readonly encryptionKeys?: readonly Buffer[];
  /** variables that webhooks take their credentials from; the process's own unless told */
  readonly environment?: Environment;
  /** every timer of runs started here is divided by it; above 1 only in `dev` */
  readonly speed: number;
  /** where runs are started and taken; the store's own unless told */
  readonly taskQueue?: string;
  readonly log: Log;
}

export interface Engine {
  /** base URL; null without `serve` */
  readonly ingestUrl: string | null;
  /** looks for work at once, after something was put into the store from outside the ingest */
  nudge(): void;
  /** rejects when a part dies of itself; never resolves before `stop` */
  readonly ended: Promise<void>;
  /** first no new events, then no new decisions, then the worker finishes what it has claimed */
  stop(): Promise<void>;
}

/** Starts the parts asked for. What fails to start takes those that did start down again. */
export async function startEngine(asked: EngineOptions): Promise<Engine> {
  const options = { ...asked, taskQueue: asked.taskQueue ?? (await taskQueueOf(asked.store)) };
  const stops: Stops = [];
  const stop = async () => {
    const failures: unknown[] = [];
    for (let last = stops.pop(); last !== undefined; last = stops.pop()) {
      // One part that does not stop cleanly must not keep the others running.
      await last().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  };
  try {
    const worker = options.worker === null ? null : await startWorker(options, options.worker, stops);
    const all = storeGauges(options.store);
    const metrics = async () => `${worker?.metrics() ?? ''}${await all()}`;
    const serve = options.serve === null ? null : await startServe(options, options.serve, metrics, stops);
    const health = options.worker?.health;
    if (worker !== null && health !== undefined) {
      const { url, close } = await startHealth({ ...health, metrics, ready: () => readiness(options.store, worker) });
      stops.push(close);
      options.log(`health and metrics at ${url}`);
    }
    return {
      ingestUrl: serve?.url ?? null,
      nudge: () => serve?.nudge(),
      ended: worker?.ended ?? new Promise<void>(() => {}),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Options = EngineOptions & { readonly taskQueue: string };

interface StartedWorker {
  /** resolves after `stop`, and rejects when the worker dies before */
  readonly ended: Promise<void>;
  state(): State;
  metrics(): string;
}

async function readiness(store: Store, worker: StartedWorker): Promise<void> {
  if (worker.state() !== 'RUNNING') throw new Error(`the worker is ${worker.state()}`);
  await sql`select 1`.execute(store.db).catch(() => {
    throw new Error('the store does not answer');
  });
}

/** Projects that share a Temporal namespace must not take each other's runs: their ledger rows are in another store. */
async function taskQueueOf(store: Store): Promise<string> {
  return `mapp-flows-${(await storeId(store)).slice(0, 8)}`;
}

/** What has been started, to be stopped in reverse order. */
type Stops = (() => Promise<void>)[];

async function startWorker(
  options: Options,
  { mapp, engage: engageSettings = null, rate, batch }: NonNullable<EngineOptions['worker']>,
  stops: Stops,
): Promise<StartedWorker> {
  const { store, connection, namespace, project, log } = options;
  const metrics = createWorkerMetrics();
  if (engageSettings === null) await requireNoEngage(store);
  const engage = engageSettings && startEngage(engageSettings, project, metrics);
  stops.push(async () => engage?.close());
  const connect = new ConnectClient({ ...mapp, ...project.mapp });
  stops.push(() => connect.close());
  const delivery = createDelivery({
    store,
    connect: countingCalls(connect, metrics),
    ...(engage && { engage: engage.options }),
    rate,
    ...(batch && { batch }),
    owner: `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`,
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
  const calls = { store, connect: countingCalls(connect, metrics), rate: sharedRate(store, 'connect', rate) };
  const sync = startSync({ ...calls, exports, log });
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

async function startServe(
  options: Options,
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

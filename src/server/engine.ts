import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { Client } from '@temporalio/client';
import type { NativeConnection } from '@temporalio/worker';
import { createActivities } from '../activities/activities.ts';
import { createDelivery } from '../delivery/delivery.ts';
import { startIngest } from '../ingest/server.ts';
import { ConnectClient, type ConnectOptions } from '../mapp/connect.ts';
import type { Project } from '../plan/project.ts';
import { decideNotice } from '../router/decide-notice.ts';
import { startRouter } from '../router/router.ts';
import type { Store } from '../store/store.ts';
import { createRunReports } from '../worker/run-reports.ts';
import { createFlowWorker } from '../worker/worker.ts';

export const TASK_QUEUE = 'mapp-flows';

/** Workflow tasks at once: a process that does nothing else may take more (PROTOCOLS.md §4). */
const SLOTS = { alone: 500, shared: 300 };

export interface EngineOptions {
  readonly store: Store;
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly project: Project;
  /** `worker`: runs flows and calls Mapp; needs `mapp` */
  readonly worker: { readonly mapp: ConnectOptions; readonly rate: number } | null;
  /** `serve`: HTTP ingest and the router */
  readonly serve: {
    readonly host: string;
    /** 0 = any free port */
    readonly port: number;
    /** values of the sources' secrets, by source */
    readonly secrets: { readonly [source: string]: readonly string[] };
    /** takes `POST /v1/events` without a token where no `api` source is declared */
    readonly dev: boolean;
  } | null;
  /** every timer of runs started here is divided by it; above 1 only in `dev` */
  readonly speed: number;
  readonly log: (message: string) => void;
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
export async function startEngine(options: EngineOptions): Promise<Engine> {
  const { store, log } = options;
  const stops: (() => Promise<void>)[] = [];
  const stop = async () => {
    for (let last = stops.pop(); last !== undefined; last = stops.pop()) await last();
  };
  try {
    const worker = options.worker === null ? null : await startWorker(options, options.worker, stops);
    const serve = options.serve === null ? null : await startServe(options, options.serve, stops);
    return {
      ingestUrl: serve?.url ?? null,
      nudge: () => serve?.nudge(),
      ended: worker ?? new Promise<void>(() => {}),
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

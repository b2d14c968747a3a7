import { storeGauges } from '../operate/store-gauges.ts';
import { taskQueueOf } from '../router/task-queue.ts';
import { storeAnswers } from '../store/answers.ts';
import type { Store } from '../store/store.ts';
import type { EngineOptions, Stops } from './engine-options.ts';
import { startHealth } from './health.ts';
import { startServe } from './start-serve.ts';
import { type StartedWorker, startWorker } from './start-worker.ts';

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

async function readiness(store: Store, worker: StartedWorker): Promise<void> {
  if (worker.state() !== 'RUNNING') throw new Error(`the worker is ${worker.state()}`);
  await storeAnswers(store.db);
}

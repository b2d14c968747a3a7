import { type InjectedSinks, type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import type { Activities } from '../plan/effect.ts';
import type { TimedActivities } from '../plan/timed-entry.ts';
import type { RunSinks } from '../workflows/sink.ts';
import type { RunReports } from './run-reports.ts';
import { workflowBundle } from './workflow-bundle.ts';

export interface WorkerTuning {
  /** workflow tasks at once: a local activity holds its task while it waits (PROTOCOLS.md §4) */
  readonly slots?: number;
  /** requests for workflow tasks at once; the SDK's default unless told */
  readonly pollers?: number;
}

export interface FlowWorkerOptions extends WorkerTuning {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  /** timed entries are entered where they are given */
  readonly activities: Activities & Partial<TimedActivities>;
  readonly reports: RunReports;
  readonly slots: number;
  /** of payloads; the SDK's own unless told */
  readonly dataConverter?: WorkerOptions['dataConverter'];
}

/**
 * One workflow worker per process; more throughput comes from more processes. Why each number: `docs/worker-settings.md`.
 * Ordinary activities are deferred effects: two full calls of Mapp.
 */
export async function createFlowWorker(options: FlowWorkerOptions): Promise<Worker> {
  const { connection, namespace, taskQueue, activities, reports, slots, dataConverter } = options;
  const sinks: InjectedSinks<RunSinks> = {
    runs: { report: { fn: ({ workflowId }, line) => reports.add(line, workflowId), callDuringReplay: false } },
  };
  return Worker.create({
    connection,
    namespace,
    taskQueue,
    activities,
    sinks,
    workflowBundle: await workflowBundle(dataConverter?.failureConverterPath === undefined ? 'readable' : 'sealed'),
    maxConcurrentWorkflowTaskExecutions: slots,
    ...(options.pollers !== undefined && { maxConcurrentWorkflowTaskPolls: options.pollers }),
    maxConcurrentLocalActivityExecutions: slots + 50,
    maxConcurrentActivityTaskExecutions: 2_000,
    maxCachedWorkflows: 2 * slots,
    ...(dataConverter !== undefined && { dataConverter }),
    shutdownGraceTime: 15_000,
    shutdownForceTime: 45_000,
  });
}

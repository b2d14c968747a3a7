/** The two sides of every comparison, behind one face. */

import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { startRun } from '../../src/router/start-run.ts';
import type { HandWrittenInput } from '../hand-written/workflows.ts';
import { type Child, startChild } from './child-process.ts';
import { type BenchFlow, benchPlan, type ComparedFlow } from './flows.ts';
import { populate } from './population.ts';
import type { Rig } from './rig.ts';
import type { WorkerSettings } from './settings.ts';

export interface Run {
  /** the person's address: tells whose call to Mapp it is */
  readonly email: string;
  start(): Promise<WorkflowHandle>;
}

export interface Contestant<Flow extends BenchFlow = ComparedFlow> {
  readonly name: 'interpreter' | 'hand-written';
  readonly worker: Child<null>;
  /** Makes what must be there before runs are started, outside of what is measured. */
  prepare(flow: Flow, count: number): Promise<Run[]>;
}

/** Both, each with a running worker and a task queue of its own. `execArgv`: options of Node for the workers. */
export async function contestants(
  rig: Rig,
  execArgv: readonly string[] = [],
): Promise<{ readonly ours: Contestant; readonly theirs: Contestant }> {
  const ours = await interpreter(rig, {}, execArgv);
  const theirs = await worker(rig, 'hand-written-worker', {}, execArgv);
  return {
    ours,
    theirs: {
      name: 'hand-written',
      worker: theirs.child,
      prepare: async (flow, count) => theirRuns(rig, theirs.queue, flow, count),
    },
  };
}

/** Ours, with a rate limit or calls of a size of its own. */
export async function interpreter(
  rig: Rig,
  limits: Pick<WorkerSettings, 'rate' | 'batchEvents' | 'tuning'>,
  execArgv: readonly string[] = [],
): Promise<Contestant<BenchFlow>> {
  const { child, queue } = await worker(rig, 'flow-worker', limits, execArgv);
  return { name: 'interpreter', worker: child, prepare: (flow, count) => ourRuns(rig, queue, flow, count) };
}

async function worker(
  rig: Rig,
  module: string,
  limits: Pick<WorkerSettings, 'rate' | 'batchEvents' | 'tuning'>,
  execArgv: readonly string[],
) {
  const settings: WorkerSettings = {
    temporal: rig.temporal,
    taskQueue: `bench-${module}-${randomUUID()}`,
    sandbox: rig.sandbox,
    database: rig.database,
    bundle: rig.handWrittenBundle,
    ...limits,
  };
  const child = await startChild<null>(module, settings, execArgv);
  rig.cleanups.push(() => child.stop());
  return { child, queue: settings.taskQueue };
}

async function ourRuns({ store, client }: Rig, taskQueue: string, flow: BenchFlow, count: number): Promise<Run[]> {
  const plan = benchPlan(flow);
  const entrants = await populate(store, plan, count);
  return entrants.map(({ email, workflowId, body }) => ({
    email,
    async start() {
      await startRun(client, { taskQueue, eager: false }, workflowId, plan, body);
      return client.workflow.getHandle(workflowId);
    },
  }));
}

const HAND_WRITTEN: { readonly [flow in ComparedFlow]: { readonly type: string; readonly waitMs: number } } = {
  'send-wait-send': { type: 'sendWaitSend', waitMs: 1_000 },
  'wait-for-branch-send': { type: 'waitForBranchSend', waitMs: 1_000 },
  'five-sends': { type: 'fiveSends', waitMs: 0 },
  sleeper: { type: 'sleeper', waitMs: 0 },
};

function theirRuns({ client }: Rig, taskQueue: string, flow: ComparedFlow, count: number): Run[] {
  const { type, waitMs } = HAND_WRITTEN[flow];
  return Array.from({ length: count }, () => {
    const workflowId = `${flow}/${randomUUID()}`;
    const input: HandWrittenInput = { email: `${randomUUID()}@example.com`, waitMs, field: 'none' };
    return { email: input.email, start: () => client.workflow.start(type, { args: [input], taskQueue, workflowId }) };
  });
}

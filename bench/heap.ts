/** Heap that one cached run takes in its worker: growth by 1,000 runs that sleep. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { type Contestant, contestants } from './support/contestants.ts';
import { tell } from './support/report.ts';
import { withRig } from './support/rig.ts';
import { startAll } from './support/start-all.ts';

const SLEEPERS = 1_000;
/** What a worker makes once, for its first runs, is not counted. */
const WARM_UP_RUNS = 20;
/** DESIGN.md §4 */
const BAR = 1.2;

/** Loaded into every thread of the workers. */
const PROBE = new URL('./processes/heap-probe.js', import.meta.url).href;

/** Started, task scheduled, task started, task completed, timer started: the run is asleep, and in the cache. */
const ASLEEP_EVENTS = 5;

async function asleep(handle: WorkflowHandle): Promise<void> {
  while ((await handle.describe()).historyLength < ASLEEP_EVENTS) await sleep(50);
}

/** KiB */
async function heapPerRun({ worker, prepare }: Contestant): Promise<number> {
  await startAll(await prepare('five-sends', WARM_UP_RUNS), 1);
  const sleepers = await prepare('sleeper', SLEEPERS);
  const before = await worker.ask<number>();
  const left = [...sleepers];
  const starter = async () => {
    for (let run = left.pop(); run !== undefined; run = left.pop()) await asleep(await run.start());
  };
  await Promise.all(Array.from({ length: 10 }, starter));
  return ((await worker.ask<number>()) - before) / SLEEPERS / 1_024;
}

const growth = await withRig(async (rig) => {
  const { ours, theirs } = await contestants(rig, ['--expose-gc', '--import', PROBE]);
  return { ours: await heapPerRun(ours), theirs: await heapPerRun(theirs) };
});
tell(
  {
    bench: 'heap',
    findings: [{ measure: 'heap per cached run', unit: 'KiB', ...growth, bar: { of: 'ratio', atMost: BAR } }],
    notes: [
      `Growth by ${SLEEPERS} runs in their first step, a wait of 30 days, after a collection; all threads of the worker together.`,
    ],
  },
  process.argv,
);

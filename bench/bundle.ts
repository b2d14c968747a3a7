/** Heap that one cached run takes in its worker: growth by 1,000 runs that sleep. And what is in the bundle that they run. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowHandle } from '@temporalio/client';
import { workflowBundle } from '../src/worker/workflow-bundle.ts';
import { type BundleModule, bundleModules } from './support/bundle-modules.ts';
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

/** `plan 24.1 KiB: arm, counts, …`, one line per folder and package. */
function listed(modules: readonly BundleModule[]): string[] {
  const folders = new Map<string, BundleModule[]>();
  for (const module of modules) {
    const folder = module.name.endsWith('.js') ? module.name.split('/')[0]! : module.name;
    folders.set(folder, [...(folders.get(folder) ?? []), module]);
  }
  return [...folders].map(([folder, its]) => {
    const names = its.map(({ name }) => name.slice(folder.length + 1).replace(/(\/run)?\.js$/, '')).filter(Boolean);
    const kib = (its.reduce((sum, { bytes }) => sum + bytes, 0) / 1_024).toFixed(1);
    return `${folder} ${kib} KiB${names.length === 0 ? '' : `: ${names.join(', ')}`}`;
  });
}

const { growth, modules } = await withRig(async (rig) => {
  const bundle = await workflowBundle('readable');
  const code = 'code' in bundle ? bundle.code : readFileSync(bundle.codePath, 'utf8');
  const { ours, theirs } = await contestants(rig, ['--expose-gc', '--import', PROBE]);
  return { growth: { ours: await heapPerRun(ours), theirs: await heapPerRun(theirs) }, modules: bundleModules(code) };
});
const strangers = modules.filter(({ allowed }) => !allowed);
tell(
  {
    bench: 'bundle',
    findings: [
      { measure: 'heap per cached run', unit: 'KiB', ...growth, bar: { of: 'ratio', atMost: BAR } },
      {
        measure: 'modules that do not belong into it',
        unit: '',
        ours: strangers.length,
        bar: { of: 'value', atMost: 0 },
      },
    ],
    notes: [
      `Heap: growth by ${SLEEPERS} runs in their first step, a wait of 30 days, after a collection; all threads of the worker together.`,
      ...(strangers.length === 0
        ? []
        : [`Does not belong into the bundle: ${strangers.map(({ name }) => name).join(', ')}.`]),
      'In the bundle:',
      ...listed(modules).map((line) => `  ${line}`),
    ],
  },
  process.argv,
);

/** Memory of a worker through 20,000 effects: what is left after a collection, and whether it grows. */
import { takeCalls } from './support/calls.ts';
import { interpreter } from './support/contestants.ts';
import { tell } from './support/report.ts';
import { withRig } from './support/rig.ts';
import { startAll } from './support/start-all.ts';

/** Five messages each. */
const RUNS = 4_000;
const EFFECTS = RUNS * 5;
const AT_ONCE = 50;
/** Runs that fill the worker's cache, pools and compiled code before the first look; as many as stay cached. */
const WARM_UP_RUNS = 1_000;
/** The same work again must not take more than noise. */
const BAR = 1.1;
const MIB = 1024 * 1024;

/** Loaded into every thread of the worker. */
const PROBE = new URL('./processes/heap-probe.js', import.meta.url).href;

const { heaps, pace, duplicates } = await withRig(async (rig) => {
  const { worker, prepare } = await interpreter(rig, {}, ['--expose-gc', '--import', PROBE]);
  await startAll(await prepare('five-sends', WARM_UP_RUNS), AT_ONCE);
  await takeCalls(rig.sandbox);
  const found = { heaps: [await worker.ask<number>()], pace: 0, duplicates: 0 };
  for (let half = 0; half < 2; half += 1) {
    const took = await startAll(await prepare('five-sends', RUNS / 2), AT_ONCE);
    found.pace += ((EFFECTS / 2) * 1_000) / took / 2;
    const { events } = await takeCalls(rig.sandbox);
    found.duplicates += events - EFFECTS / 2;
    found.heaps.push(await worker.ask<number>());
  }
  return found;
});
tell(
  {
    bench: 'scale',
    columns: ['then', 'before'],
    findings: [
      {
        measure: `heap after ${EFFECTS} effects, beside after half of them`,
        unit: 'MiB',
        ours: heaps[2]! / MIB,
        theirs: heaps[1]! / MIB,
        bar: { of: 'ratio', atMost: BAR },
      },
      {
        measure: 'heap after half of them, beside before',
        unit: 'MiB',
        ours: heaps[1]! / MIB,
        theirs: heaps[0]! / MIB,
        bar: null,
      },
      { measure: 'effects a second', unit: '', ours: pace, bar: null },
      { measure: 'duplicates', unit: '', ours: duplicates, bar: { of: 'value', atMost: 0 } },
    ],
    notes: [
      `Runs of five messages, after ${WARM_UP_RUNS} of the same; all threads of the worker together, after a collection.`,
    ],
  },
  process.argv,
);

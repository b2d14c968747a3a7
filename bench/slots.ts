/** What the settings of a worker are worth: a burst of runs under Mapp's limit, with other numbers of slots and pollers. */
import type { WorkerTuning } from '../src/worker/worker.ts';
import { takeCalls } from './support/calls.ts';
import { interpreter } from './support/contestants.ts';
import { type Finding, tell } from './support/report.ts';
import { withRig } from './support/rig.ts';
import { startAll } from './support/start-all.ts';

const LIMIT = 10;
const RUNS = 800;
const AT_ONCE = 50;
const WARM_UP_RUNS = 100;
/** In turn, twice, so that whatever else the machine does hits all. */
const ROUNDS = 2;

const TUNINGS: readonly (readonly [words: string, tuning: WorkerTuning])[] = [
  ['500 slots, the default pollers', {}],
  ['20 slots', { slots: 20 }],
  ['100 slots', { slots: 100 }],
  ['1,000 slots', { slots: 1_000 }],
  ['2 pollers', { pollers: 2 }],
  ['20 pollers', { pollers: 20 }],
];

const findings = await withRig(async (rig): Promise<Finding[]> => {
  const took = new Map<string, number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [words, tuning] of round % 2 === 0 ? TUNINGS : TUNINGS.toReversed()) {
      const worker = await interpreter(rig, { rate: LIMIT, tuning });
      await startAll(await worker.prepare('one-send', WARM_UP_RUNS), AT_ONCE);
      const ms = await startAll(await worker.prepare('one-send', RUNS / ROUNDS), AT_ONCE);
      took.set(words, (took.get(words) ?? 0) + ms);
      await worker.worker.stop();
    }
  }
  await takeCalls(rig.sandbox);
  const pace = (words: string) => (RUNS * 1_000) / took.get(words)!;
  const [usual] = TUNINGS[0]!;
  return TUNINGS.map(([words]) => ({
    measure: words,
    unit: 'runs/s',
    ours: pace(words),
    theirs: pace(usual),
    bar: null,
  }));
});
tell(
  {
    bench: 'slots',
    columns: ['with', 'as shipped'],
    findings,
    notes: [`${RUNS} runs of one send, ${AT_ONCE} starts on their way at once, ${LIMIT} calls a second.`],
  },
  process.argv,
);

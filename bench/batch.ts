/** What a limit of ten calls a second costs: runs and effects a second, latency, duplicates. */
import { takeArrivals } from './support/arrivals.ts';
import { takeCalls } from './support/calls.ts';
import { type Contestant, interpreter } from './support/contestants.ts';
import type { BenchFlow } from './support/flows.ts';
import { ledgerAlone } from './support/ledger-alone.ts';
import { quantile } from './support/numbers.ts';
import { type Finding, tell } from './support/report.ts';
import { type Rig, withRig } from './support/rig.ts';
import { startAll, startPaced } from './support/start-all.ts';

/** Calls a second, as Mapp takes them. */
const LIMIT = 10;
/** In rounds, in turn with what they are compared with, so that whatever else the machine does hits both. */
const RUNS = 2_000;
const ROUNDS = 4;
/** Starts on their way at once. */
const AT_ONCE = 50;
const WARM_UP_RUNS = 100;
/** One call per effect is measured on fewer runs: it takes a second for nine. */
const RUNS_ONE_BY_ONE = 100;
/** Runs that start one a second, for the latency when there is no load. */
const IDLE_RUNS = 20;
const EFFECTS = 20_000;
/** Effects that wait at any time: ordinary activities of two workers and a half. */
const EFFECTS_WAITING = 5_000;

/** A read costs work, but must not be what the runs wait for. */
const CHECK_BAR = 0.7;

type Worker = Contestant<BenchFlow>;

interface Burst {
  readonly pace: number;
  readonly calls: number;
  readonly duplicates: number;
}

async function burst(rig: Rig, worker: Worker, flow: BenchFlow, count: number): Promise<Burst> {
  const took = await startAll(await worker.prepare(flow, count), AT_ONCE);
  const { calls, events, duplicates } = await takeCalls(rig.sandbox);
  if (events - duplicates !== count) throw new Error(`${count} runs ended, ${events} events reached the sandbox`);
  return { pace: (count * 1_000) / took, calls, duplicates };
}

/** From just before the request to start a run until the sandbox has its event, ms: the median at one run a second. */
async function idleLatency(rig: Rig, worker: Worker): Promise<number> {
  const started = await startPaced(await worker.prepare('one-send', IDLE_RUNS), 1);
  const arrivals = await takeArrivals(rig.sandbox);
  return quantile(
    [...started].map(([email, moment]) => arrivals.get(email)! - moment),
    0.5,
  );
}

/** Runs a second over all rounds. */
const pace = (bursts: readonly Burst[]) => bursts.length / bursts.reduce((sum, one) => sum + 1 / one.pace, 0);
const calls = (bursts: readonly Burst[]) => bursts.reduce((sum, one) => sum + one.calls, 0);
const duplicates = (bursts: readonly Burst[]) => bursts.reduce((sum, one) => sum + one.duplicates, 0);

const findings = await withRig(async (rig): Promise<Finding[]> => {
  const alone = await ledgerAlone(rig, EFFECTS, EFFECTS_WAITING, LIMIT);
  const { calls: callsAlone, duplicates: twiceAlone } = await takeCalls(rig.sandbox);

  const limited = await interpreter(rig, { rate: LIMIT });
  const free = await interpreter(rig, {});
  for (const worker of [limited, free]) await burst(rig, worker, 'one-send', WARM_UP_RUNS);
  const sends: Burst[] = [];
  const unlimited: Burst[] = [];
  const checks: Burst[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const measure = [
      async () => sends.push(await burst(rig, limited, 'one-send', RUNS / ROUNDS)),
      async () => unlimited.push(await burst(rig, free, 'one-send', RUNS / ROUNDS)),
      async () => checks.push(await burst(rig, limited, 'check-send', RUNS / ROUNDS)),
    ];
    for (const one of round % 2 === 0 ? measure : measure.reverse()) await one();
  }
  const latency = { ours: await idleLatency(rig, limited), theirs: await idleLatency(rig, free) };
  await limited.worker.stop();
  const oneByOne = await burst(
    rig,
    await interpreter(rig, { rate: LIMIT, batchEvents: 1 }),
    'one-send',
    RUNS_ONE_BY_ONE,
  );

  return [
    {
      measure: `runs a second, ${RUNS} at once`,
      unit: '',
      ours: pace(sends),
      theirs: pace(unlimited),
      bar: { of: 'ratio', atLeast: 0.9 },
    },
    { measure: '  calls', unit: '', ours: calls(sends), theirs: calls(unlimited), bar: null },
    {
      measure: '  duplicates',
      unit: '',
      ours: duplicates([...sends, ...unlimited, ...checks]),
      bar: { of: 'value', atMost: 0 },
    },
    { measure: 'runs a second, one call per effect', unit: '', ours: oneByOne.pace, bar: null },
    {
      measure: 'runs a second, check on contact.X before the send (beside: without)',
      unit: '',
      ours: pace(checks),
      theirs: pace(sends),
      bar: { of: 'ratio', atLeast: CHECK_BAR },
    },
    {
      measure: 'added latency at 1 run a second: p50',
      unit: 'ms',
      ours: latency.ours - latency.theirs,
      bar: { of: 'value', atMost: 50 },
    },
    { measure: '  start to event: p50', unit: 'ms', ours: latency.ours, theirs: latency.theirs, bar: null },
    {
      measure: 'batcher and ledger alone: effects a second',
      unit: '',
      ours: alone,
      bar: { of: 'value', atLeast: 5_000 },
    },
    { measure: `  calls for ${EFFECTS} effects`, unit: '', ours: callsAlone, bar: null },
    { measure: '  duplicates', unit: '', ours: twiceAlone, bar: { of: 'value', atMost: 0 } },
  ];
});
tell(
  {
    bench: 'batch',
    columns: [`${LIMIT} calls/s`, 'no limit'],
    findings,
    notes: [
      `Runs of one send, started ${AT_ONCE} requests at a time; the server's pace, not Mapp's limit, is what holds them back.`,
      `Alone: ${EFFECTS_WAITING} effects wait at any time, as activities of several workers would.`,
    ],
  },
  process.argv,
);

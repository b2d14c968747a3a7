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
const RUNS = 2_000;
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

const findings = await withRig(async (rig): Promise<Finding[]> => {
  const alone = await ledgerAlone(rig, EFFECTS, EFFECTS_WAITING, LIMIT);
  const { calls: callsAlone, duplicates: twiceAlone } = await takeCalls(rig.sandbox);

  const limited = await interpreter(rig, { rate: LIMIT });
  const free = await interpreter(rig, {});
  for (const worker of [limited, free]) await burst(rig, worker, 'one-send', WARM_UP_RUNS);
  const sends = { ours: await burst(rig, limited, 'one-send', RUNS), theirs: await burst(rig, free, 'one-send', RUNS) };
  const checks = { ours: await burst(rig, limited, 'check-send', RUNS), theirs: sends.ours };
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
      ours: sends.ours.pace,
      theirs: sends.theirs.pace,
      bar: { of: 'ratio', atLeast: 0.9 },
    },
    { measure: '  calls', unit: '', ours: sends.ours.calls, theirs: sends.theirs.calls, bar: null },
    {
      measure: '  duplicates',
      unit: '',
      ours: sends.ours.duplicates,
      theirs: sends.theirs.duplicates,
      bar: { of: 'value', atMost: 0 },
    },
    { measure: 'runs a second, one call per effect', unit: '', ours: oneByOne.pace, bar: null },
    {
      measure: 'runs a second, check on contact.X before the send (beside: without)',
      unit: '',
      ours: checks.ours.pace,
      theirs: checks.theirs.pace,
      bar: null,
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

/** CPU per run, runs per second, and the time from a start to its first call of Mapp. */
import { takeArrivals } from './support/arrivals.ts';
import { type Contestant, contestants } from './support/contestants.ts';
import { type CpuRound, cpuRound } from './support/cpu-round.ts';
import { median, quantile } from './support/numbers.ts';
import { type Finding, tell } from './support/report.ts';
import { type Rig, withRig } from './support/rig.ts';
import { startPaced } from './support/start-all.ts';

const RUNS = 200;
const ROUNDS = 5;
/** Before the first round, so that both workers and the server have compiled their hot paths. */
const WARM_UP_RUNS = 100;
/** Starts per second, and how many of them in one round. */
const PACES = [
  { perSecond: 5, runs: 25 },
  { perSecond: 20, runs: 80 },
] as const;
const LATENCY_ROUNDS = 3;

/** DESIGN.md §4 */
const CPU_BAR = 0.75;
const LATENCY_BAR = 0.35;

interface Both<T> {
  readonly ours: T[];
  readonly theirs: T[];
}
type Sides = { readonly ours: Contestant; readonly theirs: Contestant };

/** Rounds of both sides in turn, so that whatever else the machine does meanwhile hits both. */
async function alternate<T>(rounds: number, sides: Sides, round: (side: Contestant) => Promise<T>): Promise<Both<T>> {
  const found: Both<T> = { ours: [], theirs: [] };
  for (let i = 0; i < rounds; i += 1) {
    found.ours.push(await round(sides.ours));
    found.theirs.push(await round(sides.theirs));
  }
  return found;
}

async function cpuFindings(rig: Rig, sides: Sides): Promise<Finding[]> {
  await alternate(1, sides, (side) => cpuRound(rig, side, WARM_UP_RUNS));
  const rounds = await alternate(ROUNDS, sides, async (side) => {
    const round = await cpuRound(rig, side, RUNS);
    await takeArrivals(rig.sandbox);
    return round;
  });
  const ours = (value: (round: CpuRound) => number) => median(rounds.ours.map(value));
  const theirs = (value: (round: CpuRound) => number) => median(rounds.theirs.map(value));
  const unit = 'ms';
  return [
    {
      measure: 'CPU per run: worker, server, store',
      unit,
      ours: ours((round) => round.worker + round.temporal + round.postgres),
      theirs: theirs((round) => round.worker + round.temporal),
      bar: { of: 'ratio', atMost: CPU_BAR },
    },
    {
      measure: '  worker',
      unit,
      ours: ours((round) => round.worker),
      theirs: theirs((round) => round.worker),
      bar: null,
    },
    {
      measure: '  Temporal server',
      unit,
      ours: ours((round) => round.temporal),
      theirs: theirs((round) => round.temporal),
      bar: null,
    },
    { measure: '  Postgres', unit, ours: ours((round) => round.postgres), bar: null },
    {
      measure: '  sandbox, not counted',
      unit,
      ours: ours((round) => round.sandbox),
      theirs: theirs((round) => round.sandbox),
      bar: null,
    },
    {
      measure: 'runs per second',
      unit: '',
      ours: ours((round) => round.pace),
      theirs: theirs((round) => round.pace),
      bar: null,
    },
  ];
}

/** From just before the request to start a run until the sandbox has its first call, ms. */
async function latencies(rig: Rig, side: Contestant, perSecond: number, count: number): Promise<number[]> {
  const started = await startPaced(await side.prepare('send-wait-send', count), perSecond);
  const arrivals = await takeArrivals(rig.sandbox);
  return [...started].map(([email, moment]) => {
    const arrival = arrivals.get(email);
    if (arrival === undefined) throw new Error(`no call for ${email} reached the sandbox`);
    return arrival - moment;
  });
}

async function latencyFindings(rig: Rig, sides: Sides): Promise<Finding[]> {
  const found: Finding[] = [];
  for (const { perSecond, runs } of PACES) {
    const rounds = await alternate(LATENCY_ROUNDS, sides, (side) => latencies(rig, side, perSecond, runs));
    for (const [name, q, bar] of [
      ['p50', 0.5, { of: 'ratio', atMost: LATENCY_BAR }],
      ['p95', 0.95, null],
    ] as const) {
      found.push({
        measure: `start to first call, ${perSecond} starts a second: ${name}`,
        unit: 'ms',
        ours: median(rounds.ours.map((round) => quantile(round, q))),
        theirs: median(rounds.theirs.map((round) => quantile(round, q))),
        bar,
      });
    }
  }
  return found;
}

const findings = await withRig(async (rig) => {
  const sides = await contestants(rig);
  return [...(await cpuFindings(rig, sides)), ...(await latencyFindings(rig, sides))];
});
tell(
  {
    bench: 'cpu',
    findings,
    notes: [
      `send, wait 1 s, send; medians of ${ROUNDS} rounds of ${RUNS} runs (latency: ${LATENCY_ROUNDS} rounds), in turn, on one server.`,
      'The interpreter pays for ledger and store; both call the same sandbox by the same client. CPU is user + system.',
    ],
  },
  process.argv,
);

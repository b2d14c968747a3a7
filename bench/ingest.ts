/** What one ingest takes, durably: events a second, latency at a steady pace, CPU per event; and the same by two of them. */
import { loadavg } from 'node:os';
import { sql } from 'kysely';
import { median } from './support/numbers.ts';
import { produce } from './support/produce.ts';
import { tell } from './support/report.ts';
import { openServers, withCleanups } from './support/servers.ts';
import { type Serve, servingCpu, startServe } from './support/serving.ts';

/** Of one round, by one process; two take as many each. */
const EVENTS = process.argv.includes('--small') ? 2_000 : 5_000;
const ROUNDS = 3;
/** Requests on their way at once, per process: one event each. */
const CONNECTIONS = 64;
const PEOPLE = 5_000;
const STEADY = 200;
const STEADY_EVENTS = 1_000;

interface Round {
  /** accepted a second */
  readonly pace: number;
  /** CPU ms per event */
  readonly serve: number;
  readonly postgres: number;
  readonly cpu: number;
}

const measured = await withCleanups(async (cleanups) => {
  const servers = await openServers(cleanups);
  const { store } = servers;
  const inbox = async () => {
    const { rows } = await sql<{ count: string; waiting: string }>`
      select count(*), count(*) filter (where state = 'new') as waiting from inbox`.execute(store.db);
    return { count: Number(rows[0]!.count), waiting: Number(rows[0]!.waiting) };
  };
  /** The routers' work on what a round has brought must not be the next round's. */
  const decided = async () => {
    while ((await inbox()).waiting > 0) await new Promise((resolve) => setTimeout(resolve, 200));
  };
  const one = await startServe(servers, cleanups);
  let loads = 0;
  let accepted = 0;
  const load = async (serves: readonly Serve[], events: number, perSecond?: number) => {
    const urls = serves.map(({ ready }) => ready);
    const connections = CONNECTIONS * serves.length;
    const settings = { urls, connections, events, event: 'page_viewed', id: `load-${++loads}`, people: PEOPLE };
    const result = await produce(perSecond === undefined ? settings : { ...settings, perSecond });
    accepted += events;
    return result;
  };
  const round = async (serves: readonly Serve[]): Promise<Round> => {
    const events = EVENTS * serves.length;
    const before = servingCpu(serves, servers.pids.postgres);
    const { tookMs } = await load(serves, events);
    await decided();
    const after = servingCpu(serves, servers.pids.postgres);
    const [serve, postgres] = [after.serve - before.serve, after.postgres - before.postgres];
    return {
      pace: (events * 1_000) / tookMs,
      serve: serve / events,
      postgres: postgres / events,
      cpu: (serve + postgres) / events,
    };
  };

  // All people become known, code becomes hot.
  await load([one], PEOPLE);
  await decided();
  const steady = await load([one], STEADY_EVENTS, STEADY);
  const two = await startServe(servers, cleanups);
  // As hot as the first one by then.
  await load([two], PEOPLE + STEADY_EVENTS);
  await decided();
  const byOne: Round[] = [];
  const byTwo: Round[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    // The second one's pauses are nobody's cost: it only polls meanwhile.
    byOne.push(await round([one]));
    byTwo.push(await round([one, two]));
  }
  const { rows } = await sql<{ fsync: string; commit: string }>`
    select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`.execute(store.db);
  return { steady, byOne, byTwo, lost: accepted - (await inbox()).count, durable: rows[0]! };
});

const { steady, byOne, byTwo, lost, durable } = measured;
const of = (rounds: readonly Round[], what: keyof Round) => median(rounds.map((round) => round[what]));
const both = (what: keyof Round) => ({ ours: of(byTwo, what), theirs: of(byOne, what) });
tell(
  {
    bench: 'ingest',
    columns: ['two processes', 'one'],
    findings: [
      {
        measure: 'events accepted a second, by one process',
        unit: '',
        ours: of(byOne, 'pace'),
        bar: { of: 'value', atLeast: 1_000 },
      },
      { measure: '  by two', unit: '', ...both('pace'), bar: null },
      { measure: `answer at ${STEADY} a second: p99`, unit: 'ms', ours: steady.p99, bar: { of: 'value', atMost: 100 } },
      { measure: '  p50', unit: 'ms', ours: steady.p50, bar: null },
      {
        measure: 'CPU per event, accepted and decided',
        unit: 'ms',
        ...both('cpu'),
        bar: { of: 'ratio', atMost: 1.15 },
      },
      { measure: '  serve', unit: 'ms', ...both('serve'), bar: null },
      { measure: '  Postgres', unit: 'ms', ...both('postgres'), bar: null },
      { measure: 'events lost', unit: '', ours: lost, bar: { of: 'value', atMost: 0 } },
    ],
    notes: [
      `Requests of one event of 1 KB by ${PEOPLE} people, ${CONNECTIONS} at once per process; fsync ${durable.fsync}, synchronous_commit ${durable.commit}.`,
      `No flow listens; routers decide the events meanwhile. Load average ${loadavg()
        .map((load) => load.toFixed(1))
        .join(', ')}.`,
    ],
  },
  process.argv,
);

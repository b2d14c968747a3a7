/** What one ingest takes, durably: events a second, latency at a steady pace, CPU per event; and the same by two of them. */
import { sql } from 'kysely';
import {
  CONNECTIONS,
  compared,
  cpuFindings,
  decided,
  inboxOf,
  load,
  PEOPLE,
  type Round,
  round,
} from './support/ingest-round.ts';
import { loadAverage, tell } from './support/report.ts';
import { openServers, withCleanups } from './support/servers.ts';
import { type Serve, startServe } from './support/serving.ts';

/** Of one round, by one process; two take as many each. */
const EVENTS = process.argv.includes('--small') ? 2_000 : 5_000;
const ROUNDS = 7;
const STEADY = 200;
const STEADY_EVENTS = 1_000;

const measured = await withCleanups(async (cleanups) => {
  const servers = await openServers(cleanups);
  const { store } = servers;
  const one = await startServe(servers, cleanups);
  let accepted = 0;
  const send = (serves: readonly Serve[], events: number, perSecond?: number) => {
    accepted += events;
    return load(serves, events, perSecond);
  };
  const measure = (serves: readonly Serve[]) => {
    accepted += EVENTS * serves.length;
    return round(serves, store, servers.pids.postgres, EVENTS * serves.length);
  };

  // All people become known, code becomes hot.
  await send([one], PEOPLE);
  await decided(store);
  const steady = await send([one], STEADY_EVENTS, STEADY);
  const two = await startServe(servers, cleanups);
  // As hot as the first one by then.
  await send([two], PEOPLE + STEADY_EVENTS);
  await decided(store);
  const byOne: Round[] = [];
  const byTwo: Round[] = [];
  for (let n = 0; n < ROUNDS; n += 1) {
    // The second one's pauses are nobody's cost: it only polls meanwhile.
    byOne.push(await measure([one]));
    byTwo.push(await measure([one, two]));
  }
  const { rows } = await sql<{ fsync: string; commit: string }>`
    select current_setting('fsync') as fsync, current_setting('synchronous_commit') as commit`.execute(store.db);
  return { steady, byOne, byTwo, lost: accepted - (await inboxOf(store)).count, durable: rows[0]! };
});

const { steady, byOne, byTwo, lost, durable } = measured;
const both = compared(byTwo, byOne);
tell(
  {
    bench: 'ingest',
    columns: ['two processes', 'one'],
    findings: [
      {
        measure: 'events accepted a second, by one process',
        unit: '',
        ours: both('pace').theirs,
        bar: { of: 'value', atLeast: 1_000 },
      },
      { measure: '  by two', unit: '', ...both('pace'), bar: null },
      { measure: `answer at ${STEADY} a second: p99`, unit: 'ms', ours: steady.p99, bar: { of: 'value', atMost: 100 } },
      { measure: '  p50', unit: 'ms', ours: steady.p50, bar: null },
      ...cpuFindings(both, 1.15),
      { measure: 'events lost', unit: '', ours: lost, bar: { of: 'value', atMost: 0 } },
    ],
    notes: [
      `Requests of one event of 1 KB by ${PEOPLE} people, ${CONNECTIONS} at once per process; fsync ${durable.fsync}, synchronous_commit ${durable.commit}.`,
      'No flow listens; routers decide the events meanwhile.',
      loadAverage(),
    ],
  },
  process.argv,
);

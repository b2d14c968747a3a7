/** From events to started runs: how many a second, how long the last of a burst waits, and what an event costs that starts nothing. */
import { sql } from 'kysely';
import { publish } from '../src/router/publish.ts';
import type { Store } from '../src/store/store.ts';
import { benchPlan } from './support/flows.ts';
import { produce } from './support/produce.ts';
import { loadAverage, tell } from './support/report.ts';
import { openServers, withCleanups } from './support/servers.ts';
import { servingCpu, startServe } from './support/serving.ts';

const BURST = process.argv.includes('--small') ? 2_000 : 10_000;
const WARM_UP = 200;
const CONNECTIONS = 64;

interface Burst {
  /** from the first event accepted to the last one done, ms */
  readonly took: number;
  readonly runs: number;
  readonly p50: number;
  readonly p99: number;
  /** CPU ms per event: serve and Postgres */
  readonly cpu: number;
}

const { starting, nobody } = await withCleanups(async (cleanups) => {
  const servers = await openServers(cleanups);
  const { store } = servers;
  await publish(store, [benchPlan('one-send')]);
  const serve = await startServe(servers, cleanups);
  let loads = 0;
  const burst = async (event: string, events: number): Promise<Burst> => {
    const id = `load-${++loads}`;
    const before = servingCpu([serve], servers.pids.postgres);
    await produce({ urls: [serve.ready], connections: CONNECTIONS, events, event, id, people: events });
    const found = async () => {
      const { rows } = await sql<{ runs: number; took: number; p50: number; p99: number }>`
        with done as (
          select received_at, n.state as notice, coalesce(n.done_at, i.decided_at) as done
          from inbox i left join entries e on e.inbox = i.id left join notices n on n.entry = e.id and n.n = 0
          where i.dedupe_key like ${`${id}-%`})
        select count(*) filter (where notice = 'done')::int as runs,
          (extract(epoch from max(done) - min(received_at)) * 1000)::float8 as took,
          percentile_cont(0.5) within group (order by extract(epoch from done - received_at) * 1000)::float8 as p50,
          percentile_cont(0.99) within group (order by extract(epoch from done - received_at) * 1000)::float8 as p99
        from done`.execute(store.db);
      return rows[0]!;
    };
    while (await isWaiting(store)) await new Promise((resolve) => setTimeout(resolve, 500));
    const after = servingCpu([serve], servers.pids.postgres);
    const cpu = (after.serve - before.serve + after.postgres - before.postgres) / events;
    return { ...(await found()), cpu };
  };
  await burst('start', WARM_UP);
  await burst('page_viewed', WARM_UP);
  return { starting: await burst('start', BURST), nobody: await burst('page_viewed', BURST) };
});

/** By indexes of what waits, so that looking is nobody's cost. */
async function isWaiting({ db }: Store): Promise<boolean> {
  const { rows } = await sql<{ waiting: boolean }>`
    select exists (select from inbox where state = 'new') or exists (select from notices where state = 'due') as waiting`.execute(
    db,
  );
  return rows[0]!.waiting;
}

tell(
  {
    bench: 'router',
    columns: ['starts a run', 'nobody listens'],
    findings: [
      {
        measure: 'events done a second',
        unit: '',
        ours: (BURST * 1_000) / starting.took,
        theirs: (BURST * 1_000) / nobody.took,
        bar: null,
      },
      { measure: `lag in a burst of ${BURST}: p50`, unit: 'ms', ours: starting.p50, theirs: nobody.p50, bar: null },
      { measure: '  p99', unit: 'ms', ours: starting.p99, theirs: nobody.p99, bar: null },
      { measure: 'CPU per event: serve and Postgres', unit: 'ms', ours: starting.cpu, theirs: nobody.cpu, bar: null },
      {
        measure: 'events without their run',
        unit: '',
        ours: BURST - starting.runs,
        bar: { of: 'value', atMost: 0 },
      },
      { measure: 'runs that nobody asked for', unit: '', ours: nobody.runs, bar: { of: 'value', atMost: 0 } },
    ],
    notes: [
      `One event of each person, by HTTP, ${CONNECTIONS} requests at once, to one serve; a run counts as started when Temporal has answered. No worker.`,
      loadAverage(),
    ],
  },
  process.argv,
);

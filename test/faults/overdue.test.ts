/**
 * What was overdue when Temporal came back, with the real server: its timers fire as soon as it is there, before or after the
 * router has told anything, and the outcome is that of the order in which things were received.
 */
import { Client } from '@temporalio/client';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/delivery.ts';
import { type Line, openLine } from '../support/line.ts';
import { type TestTemporal, testTemporal } from '../support/temporal.ts';
import { books, disagreement } from './books.ts';
import type { Part } from './part.ts';
import { catalogue, type Rig, rig } from './rig.ts';

/** Less is no outage (`interpreter/run.ts`). */
const BEHIND_MS = 6_000;

let world: Rig;
let temporal: TestTemporal;
let line: Line;
let serve: Part;
let worker: Part;

beforeAll(async () => {
  world = await rig({
    'mapp.yaml': catalogue({ thanks: 'email', nudge: 'email', more: 'email' }),
    'flows/asks.yaml': `
flow: asks
on: cart
steps:
  - wait_for: order
    timeout: "\${int(event.seconds)} seconds"
    then:
      - send_email: thanks
    else:
      - send_email: nudge
`,
    'flows/leaves.yaml': `
flow: leaves
on: cart
exit_on: gone
steps:
  - wait: "\${int(event.seconds)} seconds"
  - send_email: more
`,
    'flows/begins.yaml': 'flow: begins\non: hello\nexit_on: gone\nsteps:\n  - send_email: more\n',
  });
  temporal = await testTemporal();
  line = await openLine(world.temporal);
  serve = await world.start(['serve', '--port', '0'], { TEMPORAL_ADDRESS: line.address });
  worker = await world.start(['worker'], { TEMPORAL_ADDRESS: line.address });
});
afterAll(async () => {
  await worker?.kill();
  await serve?.kill();
  await line?.close();
  await temporal?.connection.close();
  await world?.close();
});

let ids = 0;
async function post(event: string, people: readonly string[], data: object = {}): Promise<void> {
  const events = people.map((who) => {
    ids += 1;
    return { event, id: `${event}-${ids}`, contact: { email: `${who}@example.com` }, data };
  });
  expect((await world.post(serve, events)).status).toBe(202);
}

/** When the timers of these people's runs fire, or fired, ms since the epoch; empty until each run has one. */
async function timers(people: readonly string[], runs: number): Promise<number[]> {
  const client = new Client({ connection: temporal.connection, namespace: temporal.namespace });
  const addresses = people.map((who) => `${who}@example.com`);
  const { rows } = await sql<{ run: string; state: string }>`
    select e.workflow_id as run, e.state from entries e join identifiers i on i.person = e.person
    where i.display in (${sql.join(addresses)})`.execute(world.store.db);
  if (rows.length < runs || rows.some(({ state }) => state === 'starting')) return [];
  const moments = await Promise.all(
    rows.map(async ({ run }) => {
      const { events } = await client.workflow.getHandle(run).fetchHistory();
      return (events ?? []).flatMap(({ eventTime, timerStartedEventAttributes: timer }) =>
        timer ? [ms(eventTime) + ms(timer.startToFireTimeout)] : [],
      );
    }),
  );
  return moments.every((ofRun) => ofRun.length > 0) ? moments.flat() : [];
}

const ms = (time: { seconds?: unknown; nanos?: number | null } | null | undefined) =>
  Number(time?.seconds ?? 0) * 1_000 + Number(time?.nanos ?? 0) / 1e6;

async function sentTo(who: string): Promise<string[]> {
  const identifiers = await world.store.db.selectFrom('identifiers').select(['person', 'display']).execute();
  const person = identifiers.find(({ display }) => display === `${who}@example.com`)!.person;
  const { rows } = await sql<{ line: string }>`
    select target || ' ' || state as line from deliveries where person = ${person} order by target`.execute(
    world.store.db,
  );
  return rows.map(({ line }) => line);
}

test('events received in time are before time-outs and sends that were due meanwhile', async () => {
  // On a slow machine it may take several attempts until Temporal is away before the timers fire.
  let round = 0;
  let fires: number[] = [];
  const people = (...names: readonly string[]) => names.map((name) => `${name}${round}`);
  for (let seconds = 8; ; seconds *= 2) {
    round += 1;
    const inside = people('orders', 'late', 'leaves');
    await post('cart', inside, { seconds });
    await until(async () => {
      fires = await timers(inside, 6);
      return fires.length > 0;
    });
    line.cut();
    await post('order', people('orders'));
    await post('gone', people('leaves'));
    await post('hello', people('begins'));
    await post('gone', people('begins'));
    if (Date.now() < Math.min(...fires)) break;
    await line.mend();
    await until(async () => (await open()) === 0);
  }
  await until(() => Date.now() > Math.max(...fires) + BEHIND_MS);
  await post('order', people('late'));
  await line.mend();
  await until(async () => (await open()) === 0);

  expect(await Promise.all(people('orders', 'late', 'leaves', 'begins').map(sentTo))).toEqual([
    ['more accepted', 'thanks accepted'],
    ['more accepted', 'nudge accepted'],
    ['nudge accepted'],
    [],
  ]);
  const sends = await books(world.store, world.sandbox);
  expect(sends.flatMap((one) => disagreement(one) ?? [])).toEqual([]);
});

/** Runs that are not over, and events that nobody has decided. */
async function open(): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select (select count(*) from entries where state <> 'closed')::int
      + (select count(*) from inbox where state = 'new')::int as n`.execute(world.store.db);
  return rows[0]!.n;
}

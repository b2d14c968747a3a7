/**
 * Temporal is away for a month. It is really away; the month is made by setting back what the store has kept by 30 days,
 * as if it had all happened that long ago: afterwards every event is acted on once, its age measured at its receipt.
 */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/delivery.ts';
import { type Line, openLine } from '../support/line.ts';
import { books, disagreement } from './books.ts';
import type { Part } from './part.ts';
import { catalogue, type Rig, rig } from './rig.ts';

const DAYS = 30;
const step = (message: string, more = '') => `on: signup\n${more}steps:\n  - send_email: ${message}\n`;

let world: Rig;
let serve: Part;
let worker: Part;
let line: Line;

beforeAll(async () => {
  world = await rig({
    'mapp.yaml': catalogue({ one: 'email', two: 'email', three: 'email' }),
    'flows/sends.yaml': `flow: sends\n${step('one')}`,
    'flows/skips.yaml': `flow: skips\n${step('two', 'on_late: skip\n')}`,
    'flows/young.yaml': `flow: young\n${step('three', 'max_event_age: 6 hours\n')}`,
  });
  line = await openLine(world.temporal);
  const env = { TEMPORAL_ADDRESS: line.address };
  serve = await world.start(['serve', '--port', '0'], env);
  worker = await world.start(['worker'], env);
});
afterAll(async () => {
  await worker?.kill();
  await serve?.kill();
  await line?.close();
  await world?.close();
});

/** The store as it would be, had everything in it happened 30 days earlier. */
async function aMonthPasses(): Promise<void> {
  const back = (column: string) => sql`${sql.ref(column)} = ${sql.ref(column)} - ${DAYS} * interval '1 day'`;
  const moment = (path: string) => sql`to_jsonb(to_char(
    (body #>> ${path}::text[])::timestamptz at time zone 'UTC' - ${DAYS} * interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;
  const inEvent = (field: string) => sql`to_jsonb(to_char(
    (event ->> ${field})::timestamptz at time zone 'UTC' - ${DAYS} * interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))`;
  const { db } = world.store;
  await db.transaction().execute(async (trx) => {
    await sql`update inbox set ${back('occurred_at')}, ${back('received_at')}, ${back('decided_at')},
      event = event || jsonb_build_object('time', ${inEvent('time')}, 'received', ${inEvent('received')})`.execute(trx);
    await sql`update entries set ${back('entered_at')}`.execute(trx);
    await sql`update notices set ${back('created_at')}, body = body || jsonb_build_object('entered', ${moment('{entered}')})
      || case when body ? 'received' then jsonb_build_object('received', ${moment('{received}')}) else '{}' end
      where kind = 'start'`.execute(trx);
  });
}

async function outcomes(): Promise<unknown> {
  const { rows } = await sql<{ flow: string; state: string; n: number }>`
    select e.flow, coalesce(d.state || coalesce(' ' || d.reason, ''), 'nothing') as state, count(*)::int as n
    from entries e left join deliveries d on d.entry = e.id where e.state = 'closed' group by 1, 2 order by 1, 2`.execute(
    world.store.db,
  );
  return rows;
}

test('a month without Temporal', async () => {
  const hour = 3_600_000;
  const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
  const events = Array.from({ length: 20 }, (_, n) => ({
    event: 'signup',
    id: `signup-${n}`,
    // Half of them were half a day old already when they came in.
    time: n % 2 === 0 ? ago(hour) : ago(12 * hour),
    contact: { email: `person${n}@example.com` },
  }));
  line.cut();
  expect((await world.post(serve, events)).status).toBe(202);
  await until(() => serve.said().includes('Temporal is away'));
  await serve.kill(); // it would act on what it holds in memory while the month passes
  await aMonthPasses();
  expect(await outcomes()).toEqual([]);

  await line.mend();
  serve = await world.start(['serve', '--port', '0'], { TEMPORAL_ADDRESS: line.address });
  await until(async () => {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from entries where state = 'closed'`.execute(
      world.store.db,
    );
    return rows[0]!.n === 50;
  });
  expect(await outcomes()).toEqual([
    { flow: 'sends', state: 'accepted', n: 20 },
    { flow: 'skips', state: 'skipped late', n: 20 },
    // The others were refused when they came in, for what they were then.
    { flow: 'young', state: 'accepted', n: 10 },
  ]);
  // A producer that repeats everything changes nothing.
  expect(await (await world.post(serve, events)).json()).toMatchObject({ accepted: 0, duplicates: 20 });
  const sends = await books(world.store, world.sandbox);
  expect(sends.flatMap((one) => disagreement(one) ?? [])).toEqual([]);
  expect(sends.reduce((sum, { taken }) => sum + taken, 0)).toBe(30);
});

/** What `/metrics` counts is what the store holds, whatever happened on the way. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BrokenStore, brokenStore } from '../../test/support/broken-store.ts';
import { until } from '../../test/support/delivery.ts';
import { testIngest } from '../../test/support/ingest.ts';

let world: BrokenStore;
beforeAll(async () => {
  world = await brokenStore();
});
afterAll(() => world?.close());

const SHOP = { authorization: 'Bearer s3cret' };
const MPARTICLE = { authorization: 'Token mp' };
const signup = (id: string) => ({ event: 'signup', id, contact: { email: `${id}@example.com` } });
const nobody = (id: string) => ({
  type: 'event_processing_request',
  id,
  timestamp_ms: 1_777_629_661_000,
  events: [{ type: 'custom_event', id, timestamp_ms: 1_777_629_661_000, name: 'viewed' }],
});

async function counted(source: string): Promise<{ [outcome: string]: number }> {
  const text = await (await fetch(`${world.ingest.url}/metrics`)).text();
  const lines = text.matchAll(/^flows_ingest_events_total\{source="(\w+)",outcome="(\w+)"\} (\d+)$/gm);
  return Object.fromEntries([...lines].flatMap(([, of, what, n]) => (of === source ? [[what, Number(n)]] : [])));
}

async function held(table: 'inbox' | 'quarantine', source: string): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from ${sql.table(table)} where source = ${source}`.execute(world.direct.db);
  return rows[0]!.n;
}

test('new, repeated, refused, left in quarantine: each event is counted as what became of it', async () => {
  const { ingest } = world;
  const post = async (body: object, status: number) =>
    expect((await ingest.post('/v1/events', body, SHOP)).status).toBe(status);
  await post([signup('a'), signup('b'), signup('a'), { event: 'signup' }], 202);
  await post(signup('b'), 202);
  await post({ event: 'signup', id: 'c' }, 422);
  await post([{ event: 'signup' }, 7], 422);
  expect(await counted('shop')).toEqual({ accepted: 2, duplicate: 2, rejected: 4 });
  expect(await held('inbox', 'shop')).toBe(2);

  for (const id of ['x', 'y', 'x']) {
    expect((await ingest.post('/v1/sources/mparticle', nobody(id), MPARTICLE)).status).toBe(200);
  }
  expect(await counted('mparticle')).toEqual({ quarantined: 2, duplicate: 1 });
  expect(await held('quarantine', 'mparticle')).toBe(2);
});

test('a commit whose answer is lost, of one request or of many: what it wrote counts as accepted, what was there does not', async () => {
  const { ingest, line, blocker, waiting } = world;
  const before = await counted('shop');
  // Two transactions stand before this door, and everything else in line behind them.
  await blocker.query('begin; lock table inbox in access exclusive mode');
  const requests = ['a', 'd', 'e', 'f', 'd', 'g', 'h'].map((id) => ingest.post('/v1/events', signup(id), SHOP));
  await until(async () => (await waiting()) === 2);
  const broken = line.breakAt('commit', 'after');
  await blocker.query('commit');
  const answers = await Promise.all(requests);
  await broken;
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 202));
  const told = (await Promise.all(answers.map((one) => one.json()))) as { accepted: number }[];
  expect(told.reduce((sum, { accepted }) => sum + accepted, 0)).toBe(5);
  const { accepted, duplicate } = await counted('shop');
  expect([accepted! - before.accepted!, duplicate! - before.duplicate!]).toEqual([5, 2]);
  expect(await held('inbox', 'shop')).toBe(accepted);
});

test('a probe that fails is no request that was refused', async () => {
  const failing = await testIngest({
    moreRoutes(app) {
      app.get('/fails', async () => {
        throw new Error('invalid input syntax for type timestamp: "ada@example.com"');
      });
    },
  });
  expect((await fetch(`${failing.url}/fails`)).status).toBe(500);
  expect((await failing.post('/v1/events', {}, { authorization: 'Bearer wrong' })).status).toBe(401);
  const text = await (await fetch(`${failing.url}/metrics`)).text();
  expect(text.match(/^flows_ingest_requests_total.*$/gm)).toEqual([
    'flows_ingest_requests_total{source="shop",status="401"} 1',
  ]);
  expect(failing.logged.join()).toContain('invalid input syntax for type timestamp: "…"');
  expect(failing.logged.join()).not.toContain('ada@');
  await failing.close();
});

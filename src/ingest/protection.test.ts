import { once } from 'node:events';
import { connect } from 'node:net';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inboxOf, MPARTICLE, type TestIngest, testIngest } from '../../test/support/ingest.ts';
import { PLAN } from '../operate/testing/seed.ts';
import { json } from '../store/store.ts';
import { createSealer } from '../system/seal.ts';
import { createBackpressure } from './backpressure.ts';
import { DEFAULT_BOUNDS } from './bounds.ts';
import { createMetrics } from './metrics.ts';
import { retryQuarantined } from './retry.ts';

const KEY = Buffer.alloc(32, 9);
const SEALER = createSealer([KEY]);
let ingest: TestIngest;
beforeAll(async () => {
  ingest = await testIngest({ sealer: SEALER, bounds: { ...DEFAULT_BOUNDS, maxRequests: 2 } });
});
afterAll(() => ingest.close());

let count = 0;
const signup = () => ({ event: 'signup', id: `p-${++count}`, contact: { email: `p${count}@example.com` } });
const AUTH = { authorization: 'Bearer s3cret' };
const post = (body: object) => ingest.post('/v1/events', body, AUTH);
const firehose = (body: object) => ingest.post('/v1/sources/mparticle', body, { authorization: 'Token mp' });
const metrics = async () => (await fetch(`${ingest.url}/metrics`)).text();

test('requests over the bound are told to come back, before they are read', async () => {
  const { hostname, port } = new URL(ingest.url);
  const hanging = [0, 1].map(() => connect(Number(port), hostname));
  for (const socket of hanging) {
    await once(socket, 'connect');
    socket.write('POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer s3cret\r\nContent-Length: 100\r\n\r\n{');
  }
  while (!(await metrics()).includes('flows_ingest_requests_in_hand 2'));
  const refused = await post(signup());
  expect(refused.status).toBe(503);
  expect(refused.headers.get('retry-after')).toBe('5');
  expect(await refused.json()).toMatchObject({ code: 'unavailable', retryAfter: 5 });
  // mParticle repeats 503, and would drop any 4xx but 408 and 429.
  expect((await firehose({ type: 'event_processing_request', events: [] })).status).toBe(503);
  for (const socket of hanging) socket.destroy();
  while (!(await metrics()).includes('flows_ingest_requests_in_hand 0'));
  expect((await post(signup())).status).toBe(202);
});

const TOO_MUCH = 9 * 1024 * 1024;
const chunk = (size: number) => `${size.toString(16)}\r\n${' '.repeat(size)}\r\n`;

test.each([
  ['Content-Length', `Content-Length: ${TOO_MUCH}\r\n\r\n`, ' '.repeat(TOO_MUCH)],
  ['Transfer-Encoding', 'Transfer-Encoding: chunked\r\n\r\n', `${chunk(TOO_MUCH)}0\r\n\r\n`],
])('413 does not break the connection while the sender still sends, %s', async (_how, header, body) => {
  const { hostname, port } = new URL(ingest.url);
  const socket = connect(Number(port), hostname);
  let answers = '';
  socket.setEncoding('utf8').on('data', (text) => {
    answers += text;
  });
  socket.write(`POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer s3cret\r\n${header}${body}`);
  socket.write('GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  await once(socket, 'close');
  expect(answers.match(/HTTP\/1.1 \d+/g)).toEqual(['HTTP/1.1 413', 'HTTP/1.1 200']);
});

test('too many events that wait to be decided: 503 until they are fewer', async () => {
  const logged: string[] = [];
  const bounds = { ...DEFAULT_BOUNDS, maxBacklog: 2 };
  const pressure = createBackpressure(ingest.store, bounds, createMetrics(), (message) => logged.push(message));
  const response = { once: () => {} } as never;
  await post(signup());
  await post(signup());
  await pressure.look();
  expect(() => pressure.enter(10, response)).toThrow('too many events wait');
  await sql`update inbox set state = 'decided'`.execute(ingest.store.db);
  await pressure.look();
  expect(() => pressure.enter(10, response)).not.toThrow();
  expect(logged).toHaveLength(2);
  await pressure.stop();
});

test('a store that is read-only takes nothing, and nothing is acknowledged that is not kept', async () => {
  const { db } = ingest.store;
  const database = (await sql<{ name: string }>`select current_database() as name`.execute(db)).rows[0]!.name;
  // Its connection is older than the change, so that it may still write.
  const admin = ingest.store.apart(1);
  const set = async (change: string) => {
    await sql.raw(`alter database ${database} ${change}`).execute(admin.db);
    await sql`
      select pg_terminate_backend(pid, 60000) from pg_stat_activity where datname = ${database} and pid <> pg_backend_pid()`.execute(
      admin.db,
    );
  };
  const before = (await inboxOf(ingest.store)).length;
  await set('set default_transaction_read_only = on');
  const answer = await post(signup());
  expect(answer.status).toBe(503);
  expect(answer.headers.get('retry-after')).not.toBeNull();
  expect((await firehose({ type: 'something_else' })).status).toBe(503);
  const ready = await fetch(`${ingest.url}/readyz`);
  expect({ status: ready.status, ...((await ready.json()) as object) }).toMatchObject({
    status: 503,
    detail: 'the store is read-only',
  });
  // Every request fails alike: one line, not one for each.
  expect(ingest.logged.filter((line) => line.includes('read-only'))).toHaveLength(1);
  const lost = signup();
  expect((await post(lost)).status).toBe(503);
  expect((await inboxOf(ingest.store)).length).toBe(before);

  await set('reset default_transaction_read_only');
  await admin.close();
  let again = await post(lost);
  while (again.status === 503) again = await post(lost);
  expect(await again.json()).toMatchObject({ accepted: 1 });
});

test('what a producer repeats is kept once, sealed, and tried again when it can be used', async () => {
  const message = {
    type: 'event_processing_request',
    user_identities: [],
    events: [{ type: 'custom_event', name: 'x', id: 'e-1', timestamp_ms: 1_700_000_000_000 }],
  };
  for (let n = 0; n < 3; n++) expect((await firehose(message)).status).toBe(200);
  const rows = await ingest.store.db
    .selectFrom('quarantine')
    .selectAll()
    .where('reason', 'like', 'unaddressable%')
    .execute();
  expect(rows).toHaveLength(1);
  expect(rows[0]!.body).toMatch(/^sealed:/);
  expect(JSON.parse(SEALER.open(rows[0]!.body!)!)).toMatchObject({ events: [{ name: 'x' }] });

  const sources = { mparticle: MPARTICLE };
  const beside = { feedback: null, syncs: null, groups: null };
  const context = { store: ingest.store, sources, shapes: null, messages: null, beside, sealer: SEALER };
  expect(await retryQuarantined(context, rows[0]!)).toMatchObject({
    accepted: 0,
    kept: expect.stringContaining('unaddressable'),
  });
  expect(await retryQuarantined({ ...context, sealer: createSealer([]) }, rows[0]!)).toMatchObject({
    kept: expect.stringContaining('another key'),
  });

  // As a version would that had learned to read it: the same row with an address.
  const body = JSON.stringify({
    ...message,
    user_identities: [{ type: 'email', encoding: 'raw', value: 'q@example.com' }],
  });
  expect(await retryQuarantined(context, { ...rows[0]!, body: SEALER.seal(body) })).toEqual({
    ...{ id: rows[0]!.id, source: 'mparticle', accepted: 1, duplicates: 0, kept: null },
  });
  expect(await ingest.store.db.selectFrom('quarantine').selectAll().where('id', '=', rows[0]!.id).execute()).toEqual(
    [],
  );
  const received = (await inboxOf(ingest.store)).at(-1)!.received_at;
  expect(received).toEqual(rows[0]!.received_at);

  // Nor is an audience lost whose subscription could not be read.
  const subscription = { type: 'audience_subscription_request', audience_id: 7, audience_name: 'VIP', action: 'add' };
  const sealed = SEALER.seal(JSON.stringify(subscription));
  const subscribed = await retryQuarantined(context, { ...rows[0]!, body: sealed });
  expect(subscribed).toMatchObject({ accepted: 0, kept: null });
  const audience = ingest.store.db.selectFrom('meta').select('value').where('key', '=', 'audience/mparticle/7');
  expect(await audience.executeTakeFirst()).toMatchObject({ value: { audience: 'VIP', action: 'add' } });
});

test('"manual" for a flow that is not published, or not started by hand, names those that are', async () => {
  const { hash, flow, status } = PLAN;
  const start = (name: string) => post({ ...signup(), event: 'manual', flow: name });
  expect((await start('anything')).status).toBe(202);
  await ingest.store.db
    .insertInto('plans')
    .values({ hash, flow, plan: json(PLAN) })
    .execute();
  await ingest.store.db.insertInto('flows').values({ flow, hash, status }).execute();
  const byHand = { ...PLAN, flow: 'by-hand', hash: 'f'.repeat(16), on: [{ event: 'manual', where: null, match: [] }] };
  await ingest.store.db
    .insertInto('plans')
    .values({ hash: byHand.hash, flow: byHand.flow, plan: json(byHand) })
    .execute();
  await ingest.store.db.insertInto('flows').values({ flow: byHand.flow, hash: byHand.hash, status }).execute();
  expect((await start('by-hand')).status).toBe(202);
  const unknown = await start('by-hnd');
  expect(unknown.status).toBe(422);
  expect(await unknown.json()).toMatchObject({
    errors: [{ pointer: '/flow', detail: 'no flow "by-hnd" is published; published are by-hand, welcome' }],
  });
  const wrong = await start('welcome');
  expect(await wrong.json()).toMatchObject({
    errors: [{ detail: 'flow "welcome" is not started by hand: its "on" has no "manual"; those that are: by-hand' }],
  });
});

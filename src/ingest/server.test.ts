import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inboxOf, MPARTICLE, PROJECT, SHOP, type TestIngest, testIngest } from '../../test/support/ingest.ts';
import { openStore } from '../store/store.ts';
import { startIngest } from './server.ts';

let ingest: TestIngest;
beforeAll(async () => {
  ingest = await testIngest();
});
afterAll(() => ingest.close());

const AUTH = { authorization: 'Bearer s3cret' };
let count = 0;
const signup = (fields: object = {}) => ({
  event: 'signup',
  id: `s-${++count}`,
  contact: { email: `s${count}@example.com` },
  ...fields,
});
const post = (body: Parameters<TestIngest['post']>[1], headers: { [name: string]: string } = {}) =>
  ingest.post('/v1/events', body, { ...AUTH, ...headers });

/** Status and problem of an answer, after checking its form. */
async function problemOf(response: Response) {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const problem = (await response.json()) as { code: string; errors: { pointer: string | null }[] };
  expect(problem).toMatchObject({
    type: expect.stringContaining(problem.code),
    title: expect.any(String),
    status: response.status,
    detail: expect.any(String),
    errors: expect.any(Array),
  });
  return {
    status: response.status,
    code: problem.code,
    pointers: problem.errors.map((one) => one.pointer),
  };
}

test('an event is durable when it is answered, and the router is told', async () => {
  const before = ingest.accepted();
  const response = await post({
    event: ' order_placed ',
    id: 9007199254740991,
    time: '2026-03-27T10:00:00+01:00',
    contact: { email: 'Ada@Example.com', mobile: 'undefined', external_id: 42 },
    data: { total: 20, cart: 'x' },
  });
  expect(response.status).toBe(202);
  expect(await response.json()).toEqual({ accepted: 1, duplicates: 0, rejected: [] });
  expect(ingest.accepted()).toBe(before + 1);
  const row = (await inboxOf(ingest.store)).at(-1)!;
  expect(row.event).toEqual({
    name: 'order_placed',
    id: '9007199254740991',
    dedupeKey: '9007199254740991',
    time: '2026-03-27T09:00:00.000Z',
    received: expect.any(String),
    source: 'shop',
    data: { total: 20, cart: 'x' },
    contact: { email: 'Ada@Example.com', external_id: '42' },
  });
  expect(row.occurred_at.toISOString()).toBe('2026-03-27T09:00:00.000Z');
});

test('64-bit integers arrive with all their digits', async () => {
  await post('{"event":"big","contact":{"external_id":6558165446704400378},"data":{"n":[9007199254740993]}}');
  const row = (await inboxOf(ingest.store)).at(-1)!;
  expect(row.event).toMatchObject({
    contact: { external_id: '6558165446704400378' },
    data: { n: ['9007199254740993'] },
  });
});

test('a second event with the same id is a duplicate', async () => {
  const event = signup();
  await post(event);
  const before = ingest.accepted();
  expect(await (await post({ ...event, data: { other: true } })).json()).toEqual({
    accepted: 0,
    duplicates: 1,
    rejected: [],
  });
  expect(ingest.accepted()).toBe(before);
});

test('an Idempotency-Key stands in for the id, per index with an array', async () => {
  const [a, b] = [signup({ id: undefined }), signup({ id: undefined })];
  const answers = async (body: object, key: string) => (await post(body, { 'idempotency-key': key })).json();
  expect(await answers(a, 'key-1')).toMatchObject({ accepted: 1 });
  expect(await answers(a, '"key-1"')).toMatchObject({ duplicates: 1 });
  expect(await answers([a, b], 'key-1')).toMatchObject({ accepted: 2 });
  expect(await answers([a, b], 'key-1')).toMatchObject({ duplicates: 2 });
  expect(await (await post(a)).json()).toMatchObject({ accepted: 1 });
  expect((await problemOf(await post(a, { 'idempotency-key': 'x'.repeat(201) }))).status).toBe(422);
});

test('without a time, and with one in the future, an event happened now', async () => {
  await post([signup(), signup({ time: '2999-01-01T00:00:00Z' }), signup({ time: null })]);
  for (const { event } of (await inboxOf(ingest.store)).slice(-3)) expect(event.time).toBe(event.received);
});

test('of an array the valid ones are taken and the others named', async () => {
  const response = await post([signup(), { event: 'x' }, 5, signup({ contact: { email: 'null' } }), signup()]);
  expect(response.status).toBe(202);
  expect(await response.json()).toEqual({
    accepted: 2,
    duplicates: 0,
    rejected: [
      { index: 1, code: 'invalid_event', pointer: '/1/contact', detail: expect.stringContaining('missing') },
      { index: 2, code: 'invalid_event', pointer: '/2', detail: expect.stringContaining('must be an object') },
      { index: 3, code: 'invalid_event', pointer: '/3/contact', detail: expect.stringContaining('at least one') },
    ],
  });
});

test('a key that is none is kept with the event, and noted', async () => {
  const response = await post(signup({ dta: { total: 1 }, contact: { email: 'ada@example.com', 'e/mail': 'x' } }));
  expect(response.status).toBe(202);
  const { event } = (await inboxOf(ingest.store)).at(-1)!;
  expect(event).toMatchObject({
    unused: { dta: { total: 1 }, contact: { 'e/mail': 'x' } },
    notes: [
      { pointer: '/dta', detail: 'is no key of an event: fields of its own stand in data' },
      { pointer: '/contact/e~1mail', detail: 'is no key of a contact' },
    ],
  });
});

test('an event may tell of its contact: zone, attributes, consent', async () => {
  const told = { timezone: 'Europe/Lisbon', attributes: { tier: 'gold', old: null } };
  const event = (contact: object, fields: object = {}) =>
    signup({ contact: { email: 'told@example.com', ...contact }, ...fields });
  expect((await post(event(told, { consent: { email: 'unsubscribed' } }))).status).toBe(202);
  const row = (await inboxOf(ingest.store)).at(-1)!;
  expect(row.event).toMatchObject({
    contact: { email: 'told@example.com' },
    timezone: 'Europe/Lisbon',
    profile: { set: { tier: 'gold' }, unset: ['old'] },
    consent: { email: 'unsubscribed' },
  });
  const pointers = async (contact: object, fields: object = {}) =>
    (await problemOf(await post(event(contact, fields)))).pointers;
  expect(await pointers({ timezone: 'Mars/Base' })).toEqual(['/contact/timezone']);
  expect(await pointers({ attributes: [] })).toEqual(['/contact/attributes']);
  expect(await pointers({}, { consent: { email: 'maybe' } })).toEqual(['/consent/email']);
  expect(await pointers({}, { consent: { fax: 'granted' } })).toEqual(['/consent/fax']);
});

test('"manual" names the flow it starts', async () => {
  expect((await post(signup({ event: 'manual', flow: 'welcome', data: { a: 1 } }))).status).toBe(202);
  expect((await inboxOf(ingest.store)).at(-1)!.event).toMatchObject({
    name: 'manual',
    flow: 'welcome',
    data: { a: 1 },
  });
  expect(await problemOf(await post(signup({ event: 'manual' })))).toMatchObject({ status: 422, pointers: ['/flow'] });
  expect(await problemOf(await post(signup({ flow: 'welcome' })))).toMatchObject({ status: 422, pointers: ['/flow'] });
});

test.each(['date', 'schedule', 'from_flow'])('"%s" starts flows on its own, and cannot be sent', async (event) => {
  expect(await problemOf(await post(signup({ event })))).toMatchObject({ status: 422, pointers: ['/event'] });
});

test('names that are looked up have an end', async () => {
  const contact = { email: 'long@example.com' };
  const entered = signup({ event: 'audience_entered', data: { audience: 'x'.repeat(257) } });
  expect(await problemOf(await post(entered))).toMatchObject({ status: 422, pointers: ['/data/audience'] });
  const told = signup({ contact: { ...contact, attributes: { ['x'.repeat(257)]: null } } });
  expect(await problemOf(await post(told))).toMatchObject({ status: 422, pointers: ['/contact/attributes'] });
});

test('a slash at the end of an address is no other address', async () => {
  expect((await ingest.post('/v1/events/', signup(), AUTH)).status).toBe(202);
  const response = await fetch(`${ingest.url}/v1/events/`);
  expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
});

const nested = (levels: number): object => (levels === 1 ? {} : { a: nested(levels - 1) });

test.each<[what: string, event: object | number | null, pointers: string[]]>([
  ['no object', 5, ['']],
  ['nothing', null, ['']],
  ['an empty array', [], ['']],
  ['an array with nothing valid', [{}, 1], ['/0/event', '/0/contact', '/1']],
  ['no name', signup({ event: undefined }), ['/event']],
  ['an empty name', signup({ event: '  ' }), ['/event']],
  ['a long name', signup({ event: 'x'.repeat(257) }), ['/event']],
  ['a name with a control character', signup({ event: 'a\u0007b' }), ['/event']],
  ['a name that is no text', signup({ event: 5 }), ['/event']],
  ['no contact', signup({ contact: undefined }), ['/contact']],
  ['an empty contact', signup({ contact: {} }), ['/contact']],
  ['a wrong address and a wrong time', signup({ contact: { email: 'ada' }, time: 'now' }), ['/time', '/contact/email']],
  ['an identifier that is no text', signup({ contact: { external_id: {} } }), ['/contact/external_id']],
  ['a time without offset', signup({ time: '2026-03-27T10:00:00' }), ['/time']],
  ['data that is no object', signup({ data: [1] }), ['/data']],
  ['data too deep', signup({ data: nested(9) }), ['/data']],
  ['an id that is no text', signup({ id: true }), ['/id']],
  ['an empty id', signup({ id: '' }), ['/id']],
  ['a NUL character', signup({ data: { 'a/b': ['x\0'] } }), ['/data/a~1b/0']],
  ['half a surrogate pair', signup({ data: { a: '\ud800' } }), ['/data/a']],
])('422, nothing stored: %s', async (_what, event, pointers) => {
  const before = (await inboxOf(ingest.store)).length;
  const response = await post(event);
  expect(await problemOf(response)).toEqual({ status: 422, code: 'invalid_event', pointers });
  expect(await inboxOf(ingest.store)).toHaveLength(before);
});

test('data of eight levels is taken', async () => {
  expect((await post(signup({ data: nested(8) }))).status).toBe(202);
});

test.each<[what: string, body: string | Uint8Array<ArrayBuffer>, headers: { [name: string]: string }]>([
  ['no JSON', '{"event":', {}],
  ['nothing', '', {}],
  ['bad UTF-8', new Uint8Array([0x7b, 0xff]), {}],
  ['bad gzip', 'text', { 'content-encoding': 'gzip' }],
])('400: %s', async (_what, body, headers) => {
  expect(await problemOf(await post(body, headers))).toEqual({ status: 400, code: 'malformed_body', pointers: [null] });
});

test.each<[what: string, headers: { [name: string]: string }]>([
  ['no credentials', {}],
  ['a wrong token', { authorization: 'Bearer nope' }],
  ['another scheme', { authorization: 'Basic s3cret' }],
])('401 before anything is read: %s', async (_what, headers) => {
  const response = await ingest.post('/v1/events', 'no JSON', { 'content-type': 'nonsense', ...headers });
  expect(response.headers.get('www-authenticate')).toBe('Bearer');
  expect(await problemOf(response)).toMatchObject({ status: 401, code: 'unauthenticated' });
});

test('an older secret is still good', async () => {
  expect((await post(signup(), { authorization: 'bearer old' })).status).toBe(202);
});

test('404 and 405', async () => {
  expect(await problemOf(await ingest.post('/v1/sources/nobody', {}))).toMatchObject({
    status: 404,
    code: 'unknown_source',
  });
  expect(await problemOf(await ingest.post('/v1/sources/shop', {}))).toMatchObject({
    status: 404,
    code: 'unknown_source',
  });
  expect(await problemOf(await fetch(`${ingest.url}/nothing`))).toMatchObject({ status: 404, code: 'not_found' });
  expect(await problemOf(await fetch(`${ingest.url}/%zz`))).toMatchObject({ status: 404, code: 'not_found' });
  for (const [method, path, allow] of [
    ['GET', '/v1/events', 'POST'],
    ['PUT', '/v1/sources/nobody', 'POST'],
    ['DELETE', '/v1/events?x=1', 'POST'],
    ['POST', '/metrics', 'GET, HEAD'],
  ] as const) {
    const response = await fetch(`${ingest.url}${path}`, { method });
    expect(response.headers.get('allow')).toBe(allow);
    expect(await problemOf(response)).toMatchObject({ status: 405, code: 'method_not_allowed' });
  }
});

const MIB = 1024 * 1024;

test('413: a body, an inflated body, an event, a count over the limit', async () => {
  expect(await problemOf(await post('x'.repeat(8 * MIB + 1)))).toMatchObject({
    status: 413,
    code: 'too_large',
    pointers: [null],
  });
  const bomb = gzipSync(Buffer.alloc(8 * MIB + 1, ' '));
  expect(await problemOf(await post(bomb, { 'content-encoding': 'gzip' }))).toMatchObject({
    status: 413,
    code: 'too_large',
  });
  const large = signup({ data: { text: 'x'.repeat(65_536) } });
  expect(await problemOf(await post(large))).toEqual({ status: 413, code: 'too_large', pointers: [''] });
  expect(await (await post([signup(), large])).json()).toMatchObject({
    accepted: 1,
    rejected: [{ index: 1, code: 'too_large' }],
  });
  const many = Array.from({ length: 1001 }, () => ({}));
  expect(await problemOf(await post(many))).toEqual({ status: 413, code: 'too_large', pointers: [''] });
});

test('a thousand events are taken at once', async () => {
  expect(await (await post(Array.from({ length: 1000 }, () => signup()))).json()).toMatchObject({ accepted: 1000 });
});

test('gzip is taken', async () => {
  const response = await post(gzipSync(JSON.stringify(signup())), { 'content-encoding': 'gzip' });
  expect(response.status).toBe(202);
});

test.each([
  [{ 'content-type': 'text/plain' }],
  [{ 'content-type': 'nonsense' }],
  [{ 'content-type': 'application/x-www-form-urlencoded' }],
  [{ 'content-type': 'application/json; charset=latin1' }],
  [{ 'content-encoding': 'br' }],
])('415: %j', async (headers) => {
  expect(await problemOf(await post(JSON.stringify(signup()), headers))).toMatchObject({
    status: 415,
    code: 'unsupported_media_type',
    pointers: [null],
  });
});

test.each(['application/json; charset="UTF-8"', 'application/vnd.shop+json'])('taken: %s', async (type) => {
  expect((await post(signup(), { 'content-type': type })).status).toBe(202);
});

test('bytes that are no HTTP are answered by a problem', async () => {
  const socket = connect(Number(new URL(ingest.url).port), '127.0.0.1');
  socket.write('nonsense\r\n\r\n');
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1.1 400 Bad Request\r\nContent-Type: application\/problem\+json\r\n/);
  expect(answer).toContain('"code":"bad_request"');
});

test('health, readiness, metrics and the API description', async () => {
  expect((await fetch(`${ingest.url}/healthz`)).status).toBe(200);
  expect((await fetch(`${ingest.url}/readyz`)).status).toBe(200);
  await post(signup());
  const metrics = await fetch(`${ingest.url}/metrics`);
  expect(metrics.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  expect(await metrics.text()).toMatch(/^flows_ingest_events_total\{source="shop",outcome="accepted"\} \d+$/m);
  const document = (await (await fetch(`${ingest.url}/openapi.json`)).json()) as { openapi: string; paths: object };
  expect(document.openapi).toBe('3.1.0');
  expect(Object.keys(document.paths)).toEqual(expect.arrayContaining(['/v1/events', '/v1/sources/mparticle']));
  expect(JSON.stringify(document)).toContain('external_id');
});

test('declared fields get their type; what cannot be is null, noted and logged without its value', async () => {
  const declared = await testIngest({
    project: {
      ...PROJECT,
      events: { order: { total: { type: 'double', optional: false }, paid: { type: 'bool', optional: true } } },
      sources: { shop: SHOP },
    },
  });
  await declared.post(
    '/v1/events',
    signup({ event: 'order', data: { total: '19.90', paid: 'secretly', other: '1' } }),
    AUTH,
  );
  const [row] = await inboxOf(declared.store);
  expect(row!.event.data).toEqual({ total: 19.9, paid: null, other: '1' });
  expect(row!.event.notes).toEqual([{ pointer: '/data/paid', detail: 'is not a bool; it counts as null' }]);
  expect(declared.logged).toEqual(['source shop: event "order": /data/paid is not a bool; it counts as null']);
  await declared.close();
});

test('dev takes events from this machine without a token; elsewhere nothing is there', async () => {
  const dev = await testIngest({ project: PROJECT, secrets: {}, dev: true });
  expect((await dev.post('/v1/events', signup())).status).toBe(202);
  expect((await inboxOf(dev.store))[0]!.source).toBe('api');
  await dev.close();
  const serve = await testIngest({ project: { ...PROJECT, sources: { mparticle: MPARTICLE } } });
  expect(await problemOf(await serve.post('/v1/events', signup()))).toMatchObject({
    status: 404,
    code: 'unknown_source',
  });
  await serve.close();
});

test('a store that is away: 503 with Retry-After, then all is well again', async () => {
  const other = await testIngest();
  const away = await openStore(other.store.url);
  const ingestAway = await startIngest({
    store: away,
    project: { ...PROJECT, sources: { shop: SHOP } },
    secrets: { shop: ['s3cret'] },
    host: '127.0.0.1',
    port: 0,
    dev: false,
    onAccepted: () => {},
    log: () => {},
  });
  await other.close();
  const response = await fetch(`${ingestAway.url}/v1/events`, {
    method: 'POST',
    headers: { ...AUTH, 'content-type': 'application/json' },
    body: JSON.stringify(signup()),
  });
  expect(response.headers.get('retry-after')).toBe('5');
  expect(await problemOf(response)).toMatchObject({ status: 503, code: 'unavailable' });
  expect((await fetch(`${ingestAway.url}/readyz`)).status).toBe(503);
  expect((await fetch(`${ingestAway.url}/healthz`)).status).toBe(200);
  await ingestAway.close();
  await away.close();
});

test('closing waits for the request in flight', async () => {
  const closing = await testIngest();
  const event = signup();
  await closing.post('/v1/events', event, AUTH);
  const { id } = await closing.store.db.selectFrom('persons').select('id').executeTakeFirstOrThrow();
  const answer = await closing.store.db.transaction().execute(async (trx) => {
    await sql`select from persons where id = ${id} for update`.execute(trx);
    const inFlight = closing.post('/v1/events', { ...event, id: 'second' }, AUTH);
    // Asked outside the transaction, which would see one and the same picture for ever.
    for (;;) {
      const { rows } =
        await sql`select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`.execute(
          closing.store.db,
        );
      if (rows.length > 0) break;
    }
    return { inFlight, closed: closing.close() };
  });
  expect((await answer.inFlight).status).toBe(202);
  await answer.closed;
});

test('closing does not wait for ever for who is still sending', async () => {
  const closing = await testIngest({ patience: 1 });
  const { hostname, port } = new URL(closing.url);
  const stuck = connect(Number(port), hostname).on('error', () => {});
  const over = once(stuck, 'close');
  stuck.write('POST /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer s3cret\r\nContent-Length: 100\r\n\r\n{');
  while (!(await (await fetch(`${closing.url}/metrics`)).text()).includes('flows_ingest_requests_in_hand 1'));
  await closing.close();
  await over;
});

test('what cannot be served is refused at the start, all at once and by name', async () => {
  const sources = { lake: { type: 'lytics', secrets: ['L'], credential: 'token' }, shop: SHOP } as const;
  const start = testIngest({ project: { ...PROJECT, sources }, secrets: {} });
  await expect(start).rejects.toThrow(
    'source "lake" has no secret: set L.\nsource "shop" has no secret: set SHOP_TOKEN.',
  );
  await expect(testIngest({ project: PROJECT, secrets: {} })).rejects.toThrow('declares no source');
  const port = Number(new URL(ingest.url).port);
  await expect(testIngest({ port })).rejects.toThrow(`port ${port} on 127.0.0.1 is taken`);
});

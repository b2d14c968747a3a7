import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inboxOf, PROJECT, type TestIngest, testIngest } from '../../../test/support/ingest.ts';
import type { JsonObject } from '../../plan/json.ts';

const sample = (name: string) =>
  JSON.parse(readFileSync(new URL(`./samples/common/cloudevents.${name}.json`, import.meta.url), 'utf8'));

let ingest: TestIngest;
beforeEach(async () => {
  const source = { type: 'cloudevents', secrets: ['BUS'], credential: 'token' } as const;
  ingest = await testIngest({ project: { ...PROJECT, sources: { bus: source } }, secrets: { bus: ['b'] } });
});
afterEach(() => ingest.close());

const post = async (body: object | string, headers = {}) => {
  const response = await ingest.post('/v1/sources/bus', body, { authorization: 'Bearer b', ...headers });
  return { status: response.status, ...((await response.json()) as JsonObject) };
};
const events = async () => (await inboxOf(ingest.store)).map((row) => row.event);
const STRUCTURED = { 'content-type': 'application/cloudevents+json' };
const BATCH = { 'content-type': 'Application/CloudEvents-Batch+json' };
const one = (fields: object = {}) => ({ ...sample('structured.http').body, ...fields });

test('structured: type is the name, data the fields, data.contact the address', async () => {
  const { headers, body } = sample('structured.http');
  expect(await post(body, headers)).toEqual({ status: 202, accepted: 1, duplicates: 0, rejected: [] });
  expect(await post(body, headers)).toMatchObject({ status: 202, accepted: 0, duplicates: 1 });
  expect(await events()).toEqual([
    {
      name: 'com.example.checkout.abandoned',
      id: 'A234-1234-1234',
      dedupeKey: 'urn:example:nordlicht:webshop|A234-1234-1234',
      time: '2026-05-01T10:00:21.034Z',
      received: expect.any(String),
      source: 'bus',
      data: body.data,
      contact: { email: 'mara.lindqvist@example.com', external_id: 'NL-0048213' },
    },
  ]);
});

test('binary: attributes in headers, percent-decoded', async () => {
  const { headers, body } = sample('binary.http');
  const source = { 'ce-source': 'urn:Euro%20%E2%82%AC', 'ce-time': '' };
  expect(await post(body, { ...headers, ...source })).toMatchObject({ status: 422, errors: [{ pointer: '/time' }] });
  expect(await post(body, { ...headers, 'ce-source': 'urn:Euro%20%E2%82%AC' })).toMatchObject({ accepted: 1 });
  expect(await events()).toMatchObject([{ id: 'A234-1234-1235', dedupeKey: 'urn:Euro €|A234-1234-1235' }]);
});

test.each<[given: string, id: string | null]>([
  ['100% sure%21', '100% sure!'],
  ['"a \\"b\\" %E2%82%AC"', 'a "b" €'],
  ['%C1%81', null],
  ['%E2%82', null],
])('binary: the header %j', async (given, id) => {
  const { headers, body } = sample('binary.http');
  const answer = await post(body, { ...headers, 'ce-id': given });
  if (id === null) expect(answer).toMatchObject({ status: 422, errors: [{ pointer: '/id' }] });
  else expect(await events()).toMatchObject([{ id }]);
});

test('batch: what is not valid is named; an empty one is valid', async () => {
  const { headers, body } = sample('batch.http');
  expect(await post(body, headers)).toMatchObject({ status: 202, accepted: 2 });
  expect(await post([one({ id: '5' }), one({ id: '' }), one({ data: {} })], BATCH)).toEqual({
    status: 202,
    accepted: 1,
    duplicates: 0,
    rejected: [
      { index: 1, code: 'invalid_event', pointer: '/1/id', detail: expect.any(String) },
      { index: 2, code: 'invalid_event', pointer: '/2/data/contact', detail: expect.any(String) },
    ],
  });
  expect(await post([], BATCH)).toMatchObject({ status: 202, accepted: 0 });
  expect(await post(new Array(1001).fill(one()), BATCH)).toMatchObject({ status: 413, limitEvents: 1000 });
});

test('plain JSON is known by its specversion', async () => {
  expect(await post(one())).toMatchObject({ status: 202, accepted: 1 });
  expect(await post([one({ id: 'x' })])).toMatchObject({ status: 202, accepted: 1 });
  expect(await post({ hello: 1 })).toMatchObject({ status: 422, code: 'invalid_event' });
});

test('data in base64, and an address in data.email', async () => {
  const { data: _, ...rest } = one();
  const encoded = Buffer.from('{"email":"b64@example.com","n":6558165446704400378}').toString('base64');
  expect(await post({ ...rest, data_base64: encoded }, STRUCTURED)).toMatchObject({ accepted: 1 });
  expect(await events()).toMatchObject([{ contact: { email: 'b64@example.com' }, data: { n: '6558165446704400378' } }]);
  expect(await post({ ...rest, data_base64: 'e30' }, STRUCTURED)).toMatchObject({ status: 422 });
});

test.each(sample('invalid') as { name: string; headers: object; body: object }[])(
  '$name: 422',
  async ({ headers, body }) => {
    expect(await post({ data: { email: 'a@example.com' }, ...body }, headers)).toMatchObject({
      status: 422,
      code: 'invalid_event',
      errors: [{ pointer: expect.any(String), detail: expect.any(String) }],
    });
    expect(await events()).toEqual([]);
  },
);

test.each<[string, object, object, number]>([
  ['an array as one event', [one()], STRUCTURED, 422],
  ['one event as a batch', one(), BATCH, 422],
  ['a time that is a number in quotes', one({ time: '1777629661034' }), STRUCTURED, 422],
  ['an object as an extension', one({ ext: { a: 1 } }), STRUCTURED, 422],
  ['a bad address', one({ data: { contact: { email: 'nobody' } } }), STRUCTURED, 422],
  ['another content type', one(), { 'content-type': 'text/plain' }, 415],
  ['no token', one(), { authorization: 'Bearer no' }, 401],
])('%s', async (_what, body, headers, status) => {
  expect(await post(body, headers)).toMatchObject({ status });
});

test('another content type is told which there are', async () => {
  const accepted = 'application/cloudevents+json, application/cloudevents-batch+json, application/json';
  const answer = await ingest.post('/v1/sources/bus', one(), { authorization: 'Bearer b', 'content-type': 'text/xml' });
  expect(answer.headers.get('accept-post')).toBe(accepted);
  const detail = `content type "text/xml" was given; accepted: ${accepted}, in UTF-8, or no content type`;
  expect(await answer.json()).toMatchObject({ status: 415, detail, errors: [{ pointer: null, detail }] });
});

test('the handshake of webhooks: who asks may send', async () => {
  const answer = await fetch(`${ingest.url}/v1/sources/bus`, {
    method: 'OPTIONS',
    headers: { 'webhook-request-origin': 'eventemitter.example.com', 'webhook-request-rate': '120' },
  });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('webhook-allowed-origin')).toBe('eventemitter.example.com');
  expect(answer.headers.get('webhook-allowed-rate')).toBe('*');
  expect(answer.headers.get('allow')).toContain('POST');
});

test('a source may be a long URI; names that only start flows cannot be sent', async () => {
  const source = `https://example.com/${'x'.repeat(1_000)}`;
  expect(await post(one({ source }), STRUCTURED)).toMatchObject({ status: 202, accepted: 1 });
  expect(await post(one({ source }), STRUCTURED)).toMatchObject({ status: 202, duplicates: 1 });
  expect(await post(one({ type: 'schedule' }), STRUCTURED)).toMatchObject({
    status: 422,
    errors: [{ pointer: '/type', detail: expect.stringContaining('"schedule"') }],
  });
});

import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inboxOf, PROJECT, type TestIngest, testIngest } from '../../../test/support/ingest.ts';
import type { JsonObject } from '../../plan/json.ts';

const FILE = new URL('./samples/common/signature-vectors.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(FILE, 'utf8')) as { vectors: { scheme: string; rawBody: string }[] };
const bodyOf = (scheme: string) => vectors.find((vector) => vector.scheme === scheme)!.rawBody;
const SECRET = 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=';

let ingest: TestIngest;
beforeEach(async () => {
  const source = { type: 'standard_webhooks', secrets: ['HOOKS', 'OLD'], credential: 'secret' } as const;
  const secrets = { hooks: ['another', SECRET] };
  ingest = await testIngest({ project: { ...PROJECT, sources: { hooks: source } }, secrets });
});
afterEach(() => ingest.close());

const post = async (body: string, headers: { [name: string]: string }): Promise<JsonObject> => {
  const response = await ingest.post('/v1/sources/hooks', body, headers);
  return { status: response.status, ...((await response.json()) as JsonObject) };
};
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text);
const seconds = () => Math.floor(Date.now() / 1000);
function standard(body: string, id = 'msg_1', at = seconds()) {
  const key = Buffer.from(SECRET.slice(6), 'base64');
  const signature = `v1,${hmac(key, `${id}.${at}.${body}`).digest('base64')}`;
  return post(body, { 'webhook-id': id, 'webhook-timestamp': `${at}`, 'webhook-signature': signature });
}
function stripe(body: string) {
  const at = seconds();
  return post(body, { 'stripe-signature': `t=${at},v1=${hmac(SECRET, `${at}.${body}`).digest('hex')}` });
}
const github = (body: string, headers = {}) =>
  post(body, { 'x-hub-signature-256': `sha256=${hmac(SECRET, body).digest('hex')}`, ...headers });
const shopify = (body: string, headers = {}) =>
  post(body, { 'x-shopify-hmac-sha256': hmac(SECRET, body).digest('base64'), ...headers });
const events = async () => (await inboxOf(ingest.store)).map((row) => row.event);
const ONE = { status: 200, accepted: 1, duplicates: 0, ignored: 0, quarantined: [] };

test('Standard Webhooks: type, data, and the id of the header, which a repetition has too', async () => {
  const body = bodyOf('standard-webhooks');
  expect(await standard(body)).toEqual(ONE);
  expect(await standard(body)).toMatchObject({ status: 200, accepted: 0, duplicates: 1 });
  expect(await standard(body, 'msg_2', seconds() - 290)).toEqual(ONE);
  const [first] = await events();
  const { type, timestamp, data } = JSON.parse(body);
  expect(first).toMatchObject({ name: type, id: 'msg_1', time: new Date(timestamp).toISOString(), data });
  expect(Object.values(first!.contact)).not.toEqual([]);
});

test('Stripe: the address is in data.object, test mode is development', async () => {
  expect(await stripe(bodyOf('stripe'))).toEqual(ONE);
  expect((await events())[0]).toMatchObject({
    name: 'invoice.payment_failed',
    id: 'evt_1Qx0sample',
    time: '2026-05-01T10:00:53.000Z',
    contact: { email: 'mara.lindqvist@example.com' },
    data: { object: { amount_due: 18990 } },
    development: true,
  });
});

test('Shopify: the topic is the name; ids of 64 bits keep their digits', async () => {
  const headers = {
    'x-shopify-topic': 'orders/create',
    'x-shopify-webhook-id': 'w1',
    'x-shopify-triggered-at': '2026-05-01T10:01:00.117Z',
  };
  expect(await shopify(bodyOf('shopify'), headers)).toEqual(ONE);
  expect((await events())[0]).toMatchObject({
    name: 'orders/create',
    id: 'w1',
    time: '2026-05-01T10:01:00.117Z',
    contact: { email: 'mara.lindqvist@example.com' },
    data: { total_price: '189.90', customer: { id: '115310627314723950' } },
  });
});

test('signed as GitHub does: name and id from headers, else from the body', async () => {
  const body = JSON.stringify({ action: 'opened', email: 'a@example.com' });
  expect(await github(body, { 'x-github-event': 'issues', 'x-github-delivery': 'd1' })).toEqual(ONE);
  expect(await github(JSON.stringify({ type: 'paid', id: 'p1', data: { contact: { external_id: 7 } } }))).toEqual(ONE);
  expect(await events()).toMatchObject([
    { name: 'issues', id: 'd1', data: { action: 'opened' } },
    { name: 'paid', id: 'p1', contact: { external_id: '7' } },
  ]);
});

test('a timestamp in seconds, and the address of a charge', async () => {
  const at = seconds();
  const body = { type: 'signup', timestamp: at - 60, data: { email: 'a@example.com' } };
  expect(await standard(JSON.stringify(body))).toEqual(ONE);
  const object = { object: 'charge', receipt_email: null, billing_details: { email: 'b@example.com', phone: null } };
  const charge = { id: 'evt_c', type: 'charge.succeeded', created: at - 60, livemode: true, data: { object } };
  expect(await stripe(JSON.stringify(charge))).toEqual(ONE);
  const [first, second] = await events();
  expect([first!.time, second!.time]).toEqual(Array(2).fill(new Date((at - 60) * 1000).toISOString()));
  expect(second!.contact).toEqual({ email: 'b@example.com' });
});

test('what cannot be used is kept with what the headers said', async () => {
  const headers = { 'x-shopify-topic': 'carts/create', 'x-shopify-webhook-id': 'w2' };
  expect(await shopify('{"id":5}', headers)).toMatchObject({
    status: 200,
    quarantined: [{ index: 0, code: 'unaddressable' }],
  });
  expect(await standard('{"data":{"email":"a@example.com"}}')).toMatchObject({
    quarantined: [{ code: 'invalid_event' }],
  });
  expect(await standard('[1]')).toMatchObject({ quarantined: [{ code: 'invalid_event' }] });
  expect(await standard('{"type":"x","timestamp":"today","data":{"email":"a@example.com"}}', 'm3')).toMatchObject({
    quarantined: [{ code: 'invalid_event' }],
  });
  const rows = await ingest.store.db.selectFrom('quarantine').select('body').orderBy('id').execute();
  expect(JSON.parse(rows[0]!.body!)).toEqual({ type: 'carts/create', id: 'w2', data: { id: 5 } });
});

test('an address that is none is noted where another identifier is there', async () => {
  expect(await standard('{"type":"x","data":{"contact":{"email":"nobody","mobile":"+447700900123"}}}')).toEqual(ONE);
  expect((await events())[0]).toMatchObject({
    contact: { mobile: '+447700900123' },
    notes: [{ pointer: '/data/contact/email' }],
  });
});

test('401 with one text for all that is wrong with a signature', async () => {
  const wrong = [
    await post('{}', {}),
    await standard('{}', 'm', seconds() - 400),
    await post('{', { 'x-hub-signature-256': 'sha256=00' }),
  ];
  for (const answer of wrong) expect(answer).toMatchObject({ status: 401, code: 'signature_invalid' });
  expect(new Set(wrong.map((answer) => answer.detail)).size).toBe(1);
  expect(await standard('{')).toMatchObject({ status: 400, code: 'malformed_body' });
});

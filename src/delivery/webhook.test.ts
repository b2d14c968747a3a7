/** Webhooks over the ledger: what is called, what comes back, what nobody can know. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type DeliveryWorld, deliveryWorld, effectOf, until } from '../../test/support/delivery.ts';
import type { Effect, Webhook } from '../plan/effect.ts';
import type { Delivery } from './delivery.ts';

interface Call {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

let world: DeliveryWorld;
let worker: Delivery;
let base: string;
let respond: (response: ServerResponse) => void;
const calls: Call[] = [];
const server = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method, url, headers } = request;
  calls.push({ method, url, headers, body: Buffer.concat(chunks).toString() });
  respond(response);
});

beforeAll(async () => {
  world = await deliveryWorld();
  worker = world.worker('w1');
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await world.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  calls.length = 0;
  respond = (response) => response.end();
});

const hook = (over: Partial<Webhook> = {}): Webhook => ({
  type: 'webhook',
  method: 'POST',
  url: `${base}/orders?token=a`,
  headers: {},
  body: { total: 3 },
  timeout: 10_000,
  expect: null,
  bearer: null,
  ...over,
});

async function effectFor(operation: Webhook, more: Partial<Effect> = {}): Promise<Effect> {
  // A contact without any address: a webhook needs none.
  return effectOf(await world.run(await world.person({})), operation, { step: 'hook', kind: 'webhook', ...more });
}

const json = (status: number, text: string) => (response: ServerResponse) =>
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' }).end(text);

describe('webhook', () => {
  it('is called once, however often it is asked for, and brings back status and body', async () => {
    respond = json(201, '{"id":12345678901234567890,"ok":true}');
    const effect = await effectFor(hook({ headers: { 'X-Shop': 'one', 'content-type': 'application/vnd.a+json' } }));
    const answer = { outcome: 'accepted', answer: { status: 201, body: { id: '12345678901234567890', ok: true } } };
    expect(await worker.deliverLater(effect)).toEqual(answer);
    expect(await worker.deliverLater(effect)).toEqual(answer);
    expect(await world.worker('w2').deliverLater(effect)).toEqual(answer);
    expect(calls).toMatchObject([
      {
        method: 'POST',
        url: '/orders?token=a',
        body: '{"total":3}',
        headers: {
          'x-shop': 'one',
          'content-type': 'application/vnd.a+json',
          'idempotency-key': `${effect.entry}/hook/1`,
        },
      },
    ]);
    const row = (await world.rows()).find(({ key }) => key === effect.key);
    expect(row).toMatchObject({ state: 'accepted' });
  });

  it('sends a text as it is, and nothing at all', async () => {
    await worker.deliverLater(await effectFor(hook({ body: 'hello', method: 'PUT' })));
    await worker.deliverLater(await effectFor(hook({ body: null, method: 'GET' })));
    expect(calls).toMatchObject([
      { method: 'PUT', body: 'hello', headers: { 'content-type': 'text/plain; charset=utf-8' } },
      { method: 'GET', body: '' },
    ]);
    expect(calls[1]!.headers).not.toHaveProperty('content-type');
  });

  it('fails by another status, and follows no redirect', async () => {
    respond = (response) => response.writeHead(302, { location: `${base}/elsewhere` }).end('moved');
    expect(await worker.deliverLater(await effectFor(hook()))).toEqual({
      outcome: 'rejected',
      reason: 'it answered 302, expected a 2xx: moved',
      answer: { status: 302, body: 'moved' },
    });
    expect(calls).toHaveLength(1);
    respond = json(200, 'no json');
    expect(await worker.deliverLater(await effectFor(hook({ expect: [204, 202] })))).toMatchObject({
      outcome: 'rejected',
      reason: 'it answered 200, expected 204 or 202: no json',
      answer: { body: 'no json' },
    });
    expect(await worker.deliverLater(await effectFor(hook({ expect: [200] })))).toMatchObject({ outcome: 'accepted' });
  });

  it('keeps no more of an answer than 16 KiB', async () => {
    respond = json(200, JSON.stringify({ text: 'x'.repeat(100_000) }));
    const result = await worker.deliverLater(await effectFor(hook()));
    expect(result).toMatchObject({ outcome: 'accepted', answer: { status: 200, body: expect.any(String) } });
    expect('answer' in result && result.answer?.body).toHaveLength(16_384);
  });

  it('with a long address is shown by its beginning', async () => {
    const path = Array.from({ length: 3_000 }, (_, n) => (n * 7919).toString(36).at(-1)).join('');
    const effect = await effectFor(hook({ url: `${base}/${path}` }));
    expect(await worker.deliverLater(effect)).toMatchObject({ outcome: 'accepted' });
    expect(calls[0]!.url).toBe(`/${path}`);
    const { target } = await world.store.db
      .selectFrom('deliveries')
      .select('target')
      .where('key', '=', effect.key)
      .executeTakeFirstOrThrow();
    expect(target).toBe(`${`${base}/${path}`.slice(0, 500)}…`);
  });

  it('takes its token from the environment, and shows it nowhere', async () => {
    respond = (response) => response.writeHead(500).end('Bearer hush-hush is wrong');
    const effect = await effectFor(hook({ bearer: 'HOOK_TOKEN' }));
    const result = await worker.deliverLater(effect);
    expect(calls[0]!.headers.authorization).toBe('Bearer hush-hush');
    expect(result).toMatchObject({ answer: { body: 'Bearer *** is wrong' } });
    const rows = await world.store.db.selectFrom('deliveries').selectAll().where('key', '=', effect.key).execute();
    expect(JSON.stringify([rows, result])).not.toContain('hush-hush');
    expect(rows[0]!.target).toBe(`${base}/orders`);
    expect(await worker.deliverLater(await effectFor(hook({ bearer: 'NOWHERE' })))).toEqual({
      outcome: 'rejected',
      reason: 'the environment variable NOWHERE is not set',
    });
  });

  it('of unknown fate is said to be so, and never called again by itself', async () => {
    respond = (response) => response.destroy();
    const effect = await effectFor(hook());
    expect(await worker.deliverLater(effect)).toMatchObject({ outcome: 'unknown' });
    expect(await worker.deliverLater(effect)).toMatchObject({ outcome: 'unknown' });
    respond = () => {};
    const slow = await effectFor(hook({ timeout: 50 }));
    const reason = 'no answer within 50 ms; the call may have been taken';
    expect(await worker.deliverLater(slow)).toEqual({ outcome: 'unknown', reason });
    expect(calls).toHaveLength(2);
  });

  it('that cannot be called at all was not made', async () => {
    const refused = await worker.deliverLater(await effectFor(hook({ url: 'http://127.0.0.1:1/' })));
    expect(refused).toMatchObject({ outcome: 'rejected', reason: expect.stringContaining('it cannot be called: ') });
    const wrong = await worker.deliverLater(await effectFor(hook({ headers: { 'x-a': 'a\nb' } })));
    expect(wrong).toMatchObject({ outcome: 'rejected', reason: expect.stringContaining('it cannot be called: ') });
  });

  it('is not begun by a worker that stops, and one under way is finished', async () => {
    const responses: ServerResponse[] = [];
    respond = (response) => void responses.push(response);
    const stopping = world.worker('w3');
    const underWay = stopping.deliverLater(await effectFor(hook()));
    await until(() => responses.length === 1);
    const drained = stopping.drain();
    await expect(stopping.deliverLater(await effectFor(hook()))).rejects.toThrow('this worker is stopping');
    responses[0]!.end();
    expect(await underWay).toMatchObject({ outcome: 'accepted' });
    await drained;
    expect(calls).toHaveLength(1);
  });
});

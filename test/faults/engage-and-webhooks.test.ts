/**
 * One row per fault × what goes out one by one: a message through Mapp Engage, and a webhook. `src/delivery/faults.test.ts`
 * has those of Mapp Connect. At the end the ledger stands beside what the other side took.
 */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Operation, Webhook } from '../../src/plan/effect.ts';
import { type Fault, strikesAfter } from '../../src/sandbox/faults.ts';
import { type DeliveryWorld, deliveryWorld, EMAIL, effectOf, untilSettled } from '../support/delivery.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { ownRate } from '../support/own-rate.ts';

type Ending = { readonly state: string; readonly taken: number };
interface Row {
  readonly name: string;
  readonly fault: Fault;
  readonly engage: Ending;
  readonly webhook: Ending;
}

const ONCE: Ending = { state: 'accepted', taken: 1 };
/** An answer is an answer: whether its status is good the step says, and `retry` is its author's to ask for. */
const ANSWERED: Ending = { state: 'rejected', taken: 0 };
const LOST: Ending = { state: 'unknown', taken: 0 };
const TAKEN_AND_LOST: Ending = { state: 'unknown', taken: 1 };
const ROWS: readonly Row[] = [
  { name: 'latency', fault: { latencyMs: 30 }, engage: ONCE, webhook: ONCE },
  { name: '429 (to Engage a 500 that names its limit)', fault: { status: 429 }, engage: ONCE, webhook: ANSWERED },
  { name: '401', fault: { status: 401 }, engage: ONCE, webhook: ANSWERED },
  { name: '403', fault: { status: 403 }, engage: ONCE, webhook: ANSWERED },
  { name: '400', fault: { status: 400 }, engage: { state: 'rejected', taken: 0 }, webhook: ANSWERED },
  { name: '500 before it is taken', fault: { status: 500 }, engage: LOST, webhook: ANSWERED },
  {
    name: '500 after it is taken',
    fault: { status: 500, afterQueueing: true },
    engage: TAKEN_AND_LOST,
    webhook: { state: 'rejected', taken: 1 },
  },
  { name: '503', fault: { status: 503 }, engage: LOST, webhook: ANSWERED },
  { name: 'connection dropped before it is taken', fault: { drop: 'before' }, engage: LOST, webhook: LOST },
  {
    name: 'connection dropped after it is taken',
    fault: { drop: 'after' },
    engage: TAKEN_AND_LOST,
    webhook: TAKEN_AND_LOST,
  },
];

let world: DeliveryWorld;
/** the fault of the other side of webhooks, and what it took, by idempotency key */
let striking: Fault | null = null;
const called = new Map<string, number>();
const server = createServer(async (request, response) => {
  request.resume();
  const fault = striking;
  const key = String(request.headers['idempotency-key']);
  const take = () => called.set(key, (called.get(key) ?? 0) + 1);
  if (fault === null || fault.latencyMs !== undefined || strikesAfter(fault)) take();
  strike(response, fault);
});

function strike(response: ServerResponse, fault: Fault | null): void {
  if (fault?.drop !== undefined) response.destroy();
  else if (fault?.latencyMs !== undefined) setTimeout(() => response.end(), fault.latencyMs);
  else response.writeHead(fault?.status ?? 200).end();
}

beforeAll(async () => {
  world = await deliveryWorld();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  await world?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(async () => {
  striking = null;
  await world.faults();
});

let people = 0;
async function effectFor(operation: Operation | Webhook) {
  people += 1;
  const email = `person${people}@example.com`;
  await world.client().event('user', { email, group: '10144' });
  return { email, effect: effectOf(await world.run(await world.person({ email })), operation as Operation) };
}

async function settled(effect: Awaited<ReturnType<typeof effectFor>>['effect']): Promise<string | undefined> {
  const clock = new ManualClock();
  const engage = {
    client: world.engage(),
    turns: ownRate(1_000, clock),
    maxAge: 1,
    typed: (_: string, text: string) => text,
  };
  await untilSettled(world.worker('w1', { clock, engage }), clock, [effect]);
  return (await world.rows()).find(({ key }) => key === effect.key)?.state;
}

describe.each(ROWS)('$name', ({ fault, engage, webhook }) => {
  it('a message through Engage', async () => {
    const { email, effect } = await effectFor({ ...EMAIL, via: 'engage' });
    await world.faults({ ...fault, path: 'message/sendSingle', times: 1 });
    const state = await settled(effect);
    const messages = (await (await fetch(`${world.sandboxUrl}/messages`)).json()) as { email: string }[];
    expect({ state, taken: messages.filter((one) => one.email === email).length }).toEqual(engage);
  });

  it('a webhook', async () => {
    const { port } = server.address() as AddressInfo;
    const { effect } = await effectFor({
      type: 'webhook',
      method: 'POST',
      url: `http://127.0.0.1:${port}/`,
      headers: {},
      body: { total: 3 },
      timeout: 10_000,
      expect: null,
      bearer: null,
    });
    striking = fault;
    const state = await settled(effect);
    expect({ state, taken: called.get(`${effect.entry}/${effect.step}/1`) ?? 0 }).toEqual(webhook);
  });
});

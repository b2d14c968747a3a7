/**
 * One row per fault of the sandbox, each × single call and batch × send and idempotent write. At the end the ledger and the
 * sandbox's journal stand side by side: nothing lost, nothing sent twice.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type DeliveryWorld,
  deliveryWorld,
  EMAIL,
  effectOf,
  PROFILE,
  untilSettled,
} from '../../test/support/delivery.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import type { Operation } from '../plan/effect.ts';
import type { Fault } from '../sandbox/faults.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await deliveryWorld();
});
afterAll(() => world.close());
beforeEach(() => world.faults());

type Ending = { readonly state: string; readonly taken: number };
/** how a fault ends for each person of the call: sends and writes */
interface Row {
  readonly name: string;
  readonly fault: Fault;
  readonly send: Ending;
  readonly write: Ending;
}

const ONCE: Ending = { state: 'accepted', taken: 1 };
const ROWS: readonly Row[] = [
  { name: 'latency', fault: { latencyMs: 30, times: 1 }, send: ONCE, write: ONCE },
  { name: '429', fault: { status: 429, times: 2 }, send: ONCE, write: ONCE },
  { name: '429 with Retry-After', fault: { status: 429, retryAfter: 7, times: 1 }, send: ONCE, write: ONCE },
  { name: '503 with Retry-After', fault: { status: 503, retryAfter: 3, times: 1 }, send: ONCE, write: ONCE },
  { name: '401', fault: { status: 401, times: 1 }, send: ONCE, write: ONCE },
  {
    name: '500 before queueing',
    fault: { status: 500, times: 1 },
    send: { state: 'unknown', taken: 0 },
    write: ONCE,
  },
  {
    name: '500 after queueing',
    fault: { status: 500, afterQueueing: true, times: 1 },
    send: { state: 'unknown', taken: 1 },
    write: { state: 'accepted', taken: 2 },
  },
  {
    name: '503 without Retry-After',
    fault: { status: 503, times: 1 },
    send: { state: 'unknown', taken: 0 },
    write: ONCE,
  },
  {
    name: 'connection dropped before queueing',
    fault: { drop: 'before', times: 1 },
    send: { state: 'unknown', taken: 0 },
    write: ONCE,
  },
  {
    name: 'connection dropped after queueing',
    fault: { drop: 'after', times: 1 },
    send: { state: 'unknown', taken: 1 },
    write: { state: 'accepted', taken: 2 },
  },
];

async function effects(count: number, operation: Operation, step: string) {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const { email, entry } = await world.someone();
      return { email, effect: effectOf(entry, operation, { step }) };
    }),
  );
}

type Asked = Awaited<ReturnType<typeof effects>>;

/** Ledger and journal side by side, by address. */
async function accounts(asked: Asked): Promise<Map<string, Ending>> {
  const [rows, taken] = [await world.rows(), await world.taken()];
  return new Map(
    asked.map(({ email, effect }) => [
      email,
      {
        state: rows.find(({ key }) => key === effect.key)?.state ?? 'no row',
        taken: taken.filter((body) => body.email === email).length,
      },
    ]),
  );
}

const all = (asked: Asked, ending: Ending) => new Map(asked.map(({ email }) => [email, ending]));

describe.each(ROWS)('$name', ({ fault, send, write }) => {
  it.each([
    ['a send', 1, EMAIL, send],
    ['sends in one call', 5, EMAIL, send],
    ['a write', 1, PROFILE, write],
    ['writes in one call', 5, PROFILE, write],
  ] as const)('%s', async (_what, count, operation, ending) => {
    const clock = new ManualClock();
    const worker = world.worker('w1', { clock });
    const asked = await effects(count, operation, 'step_1');
    await world.faults({ ...fault, path: count === 1 ? 'event' : 'event/batch' });
    await untilSettled(
      worker,
      clock,
      asked.map(({ effect }) => effect),
    );
    expect(await accounts(asked)).toEqual(all(asked, ending));
  });
});

describe.each([
  [400, EMAIL],
  [400, PROFILE],
  [413, EMAIL],
  [413, PROFILE],
] as const)('a call that is refused with %i for the sake of one event', (status, operation) => {
  it.each([1, 2, 3, 64, 200])('of %i', async (count) => {
    const clock = new ManualClock();
    const worker = world.worker('w1', { clock });
    const asked = await effects(count, operation, 'step_1');
    const poisoned = asked[Math.floor(count / 3)]!;
    await world.faults({ poison: `"${poisoned.email}"`, status });
    await untilSettled(
      worker,
      clock,
      asked.map(({ effect }) => effect),
    );
    const expected = all(asked, ONCE);
    expected.set(poisoned.email, { state: 'rejected', taken: 0 });
    expect(await accounts(asked)).toEqual(expected);
    const row = (await world.rows()).find(({ key }) => key === poisoned.effect.key);
    expect(row?.reason).toContain(String(status));
  });
});

it('many refused events cost a bounded number of shared calls, then one each', async () => {
  const clock = new ManualClock();
  const real = world.client();
  const sizes: number[] = [];
  const connect = {
    event: (...args: Parameters<typeof real.event>) => {
      sizes.push(1);
      return real.event(...args);
    },
    batch: (...args: Parameters<typeof real.batch>) => {
      sizes.push(args[1].length);
      return real.batch(...args);
    },
  };
  const worker = world.worker('w1', { clock, connect });
  const asked = await effects(150, { ...EMAIL, parameters: { bad: 'poisonous' } }, 'step_1');
  await world.faults({ poison: 'poisonous' });
  await untilSettled(
    worker,
    clock,
    asked.map(({ effect }) => effect),
  );
  expect(await accounts(asked)).toEqual(all(asked, { state: 'rejected', taken: 0 }));
  expect(sizes[0]).toBe(150);
  expect(sizes.filter((size) => size > 1).length).toBeLessThanOrEqual(41);
  expect(sizes.filter((size) => size === 1)).toHaveLength(150);
});

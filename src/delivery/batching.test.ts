/** What shares a call with what, in which order, and what is deferred. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  type DeliveryWorld,
  deliveryWorld,
  EMAIL,
  effectOf,
  meanwhile,
  PROFILE,
  until,
} from '../../test/support/delivery.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import { MappError } from '../mapp/errors.ts';
import type { Operation } from '../plan/effect.ts';
import type { JsonObject } from '../plan/json.ts';
import { DEFERRALS } from './deferral.ts';
import type { DeliveryOptions } from './delivery.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await deliveryWorld();
});
afterAll(() => world.close());
beforeEach(() => world.faults());

let people = 0;
async function effect(operation: Operation = EMAIL) {
  people += 1;
  const entry = await world.run(
    await world.person({ email: `person${people}@example.com`, mobile: `+49151${people}` }),
  );
  return effectOf(entry, operation);
}
const effects = (count: number, operation?: Operation) =>
  Promise.all(Array.from({ length: count }, () => effect(operation)));
const SMS: Operation = { ...EMAIL, channel: 'sms' };
const URGENT: Operation = { ...EMAIL, priority: 'transactional', parameters: { urgent: true } };

/** A worker on a clock of its own that writes down its calls. */
function watched(options: Partial<DeliveryOptions> = {}) {
  const clock = new ManualClock();
  const real = world.client();
  const calls: { readonly subtype: string; readonly bodies: readonly JsonObject[] }[] = [];
  const connect = {
    event: (subtype: string, body: JsonObject) => {
      calls.push({ subtype, bodies: [body] });
      return real.event(subtype, body);
    },
    batch: (subtype: string, bodies: readonly JsonObject[]) => {
      calls.push({ subtype, bodies });
      return real.batch(subtype, bodies);
    },
  };
  const worker = world.worker('w1', { clock, connect, rate: 10, ...options });
  return { worker, clock, sizes: () => calls.map(({ subtype, bodies }) => [subtype, bodies.length]), calls };
}

describe('a call', () => {
  it('goes out at once when nothing else waits, by the endpoint for one event', async () => {
    const { worker, clock, sizes } = watched();
    expect(await worker.deliver(await effect())).toEqual({ outcome: 'accepted' });
    expect([clock.now(), sizes()]).toEqual([0, [['email', 1]]]);
  });

  it('holds all that came while its turn was awaited, of one subtype', async () => {
    const { worker, clock, sizes } = watched();
    await worker.deliver(await effect());
    const asked = [...(await effects(30)), ...(await effects(4, SMS)), ...(await effects(7, PROFILE))];
    const answers = await meanwhile(clock, Promise.all(asked.map((one) => worker.deliver(one))));
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['accepted']));
    expect(sizes().sort()).toEqual([
      ['email', 1],
      ['email', 30],
      ['sms', 4],
      ['user', 7],
    ]);
  });

  it('holds no more events and bytes than it may', async () => {
    const few = watched({ batch: { events: 10, bytes: 1_000_000 } });
    await meanwhile(few.clock, Promise.all((await effects(25)).map((one) => few.worker.deliverLater(one))));
    expect(few.sizes().map(([, size]) => size)).toEqual([10, 10, 5]);

    const small = watched({ batch: { events: 1_000, bytes: 10_000 } });
    const large: Operation = { ...EMAIL, parameters: { text: 'x'.repeat(3_000) } };
    await meanwhile(small.clock, Promise.all((await effects(7, large)).map((one) => small.worker.deliverLater(one))));
    expect(small.sizes().map(([, size]) => size)).toEqual([3, 3, 1]);
    for (const { bodies } of small.calls) expect(JSON.stringify(bodies).length).toBeLessThanOrEqual(10_000);

    const huge: Operation = { ...EMAIL, parameters: { text: 'x'.repeat(30_000) } };
    expect(await meanwhile(small.clock, small.worker.deliverLater(await effect(huge)))).toEqual({
      outcome: 'accepted',
    });
  });

  it('is made smaller where a proxy refuses it for its size: all go out once, and the log names the setting', async () => {
    const real = world.client();
    const sizes: number[] = [];
    const batch = async (subtype: string, bodies: readonly JsonObject[]) => {
      const { length } = JSON.stringify(bodies);
      sizes.push(length);
      if (length > 4_000) throw new MappError('too_large', 'too large', { status: 413 });
      return real.batch(subtype, bodies);
    };
    const proxied = watched({ connect: { event: real.event.bind(real), batch } });
    const asked = await effects(200, PROFILE);
    const answers = await meanwhile(proxied.clock, Promise.all(asked.map((one) => proxied.worker.deliverLater(one))));
    expect(new Set(answers.map(({ outcome }) => outcome))).toEqual(new Set(['accepted']));
    const refused = sizes.filter((size) => size > 4_000).length;
    expect(refused).toBeGreaterThan(0);
    expect(refused).toBeLessThan(6);
    expect(world.log.join()).toMatch(/413: \d+ bytes are too many; calls have \d+ now, as MAPP_BATCH_BYTES would say/);
  });

  it('keeps what must not be repeated apart from what may', async () => {
    const { worker, clock, sizes } = watched();
    const invite: Operation = { type: 'group', action: 'add', group: { name: 'vip', id: '1' }, optIn: 'double' };
    const asked = [...(await effects(3, PROFILE)), ...(await effects(3, invite))];
    await meanwhile(clock, Promise.all(asked.map((one) => worker.deliver(one))));
    expect(sizes()).toEqual([
      ['user', 3],
      ['user', 3],
    ]);
  });
});

describe('turns', () => {
  it('transactional messages go first', async () => {
    const { worker, clock, calls } = watched({ batch: { events: 5, bytes: 1_000_000 } });
    const asked = [...(await effects(10)), ...(await effects(3, URGENT))];
    await meanwhile(clock, Promise.all(asked.map((one) => worker.deliverLater(one))));
    const urgent = calls.map(({ bodies }) => bodies.filter((body) => body.urgent !== undefined).length);
    expect(urgent).toEqual([3, 0, 0]);
  });

  it('a flood of writes neither delays messages nor defers them', async () => {
    const { worker, clock, sizes } = watched({ batch: { events: 2, bytes: 1_000_000 } });
    const flood = (await effects(80, PROFILE)).map((one) => worker.deliverLater(one));
    const sends = (await effects(6)).map((one) => worker.deliver(one));
    expect(await meanwhile(clock, Promise.all(sends))).toEqual(Array(6).fill({ outcome: 'accepted' }));
    const before = sizes().findLastIndex(([subtype]) => subtype === 'email');
    expect(before).toBeLessThan(8);
    await meanwhile(clock, Promise.all(flood));
  });

  it('for calls of others come in the share of their class, and are refused while Mapp is in trouble', async () => {
    const { worker, clock, sizes } = watched({ batch: { events: 2, bytes: 1_000_000 } });
    const flood = (await effects(40)).map((one) => worker.deliverLater(one));
    const turn = await meanwhile(clock, worker.turns.turn('write'));
    if ('refused' in turn) throw new Error(turn.refused);
    expect(sizes().length).toBeLessThan(8);
    turn.failed({ steps: [5_000] });
    expect(worker.turns.pause()).toBe(5_000);
    expect(await worker.turns.turn('write')).toMatchObject({ refused: 'mapp_unavailable', retryInMs: 5_000 });
    await meanwhile(clock, Promise.all(flood));
    await worker.drain();
    expect(await worker.turns.turn('write')).toMatchObject({ refused: 'draining' });
  });

  it('the estimate counts calls, not effects', async () => {
    const { worker, clock } = watched({ rate: 1, batch: { events: 10, bytes: 1_000_000 } });
    const answers = (await effects(35)).map((one) => worker.deliver(one));
    const outcomes = (await meanwhile(clock, Promise.all(answers))).map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(20);
    expect(outcomes.slice(20)).toEqual(Array(15).fill('deferred'));
  });

  it('of two workers come from one limit: each call has a turn of its own', async () => {
    await world.store.db.deleteFrom('rates').execute();
    const now = async () => (await world.store.pool.query('select clock_timestamp() as now')).rows[0].now as Date;
    const began = await now();
    const options = { batch: { events: 1, bytes: 1_000_000 }, rate: 50 };
    const workers = [world.worker('w1', options), world.worker('w2', options)];
    const asked = await effects(20);
    await Promise.all(asked.map((one, at) => workers[at % 2]!.deliverLater(one)));
    const { next_at: next } = await world.store.db.selectFrom('rates').selectAll().executeTakeFirstOrThrow();
    expect(next.getTime() - began.getTime()).toBeGreaterThanOrEqual(20 * 21);
  });
});

describe('a poisoned event', () => {
  it('that comes again from an ordinary activity spoils no other call', async () => {
    const { worker, clock, calls } = watched();
    const bad = await effect({ ...EMAIL, parameters: { bad: 'poisonous' } });
    const good = await effects(7);
    await world.faults({ poison: 'poisonous' });
    const local = [bad, ...good].map((one) => worker.deliver(one));
    await until(() => calls.length > 0);
    const answers = await meanwhile(clock, Promise.all(local));
    expect(answers[0]).toMatchObject({ outcome: 'rejected' });
    const refused = calls.filter(({ bodies }) => bodies.some((body) => body.bad !== undefined));
    expect(refused.map(({ bodies }) => bodies.length)).toEqual([8, 4, 2, 1]);
  });
});

describe('a worker that stops', () => {
  it('defers all who wait in the same tick, and finishes the call under way', async () => {
    const { worker, clock } = watched();
    await worker.deliver(await effect());
    const waiting = (await effects(5)).map((one) => worker.deliver(one));
    const over = worker.drain();
    const draining = { outcome: 'deferred', reason: DEFERRALS.draining };
    expect(await Promise.all(waiting)).toEqual(Array(5).fill(draining));
    await over;
    expect(clock.pending).toBe(0);
  });
});

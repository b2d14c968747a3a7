/** Workers that die, freeze or lose the store at every point of a delivery; two Delivery objects are two processes. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type DeliveryWorld,
  deliveryWorld,
  EMAIL,
  effectOf,
  gate,
  meanwhile,
  PROFILE,
  until,
} from '../../test/support/delivery.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import type { Operation } from '../plan/effect.ts';
import { claim } from './claim.ts';
import { DEFERRALS } from './deferral.ts';
import { resolve } from './resolve.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await deliveryWorld();
});
afterAll(() => world.close());

let people = 0;
async function ben(operation: Operation = EMAIL) {
  people += 1;
  const email = `ben${people}@example.com`;
  const person = await world.person({ email });
  const entry = await world.run(person);
  const effect = effectOf(entry, operation);
  return {
    person,
    entry,
    effect,
    row: async () => (await world.rows()).find(({ key }) => key === effect.key),
    taken: async () => (await world.taken()).filter((body) => body.email === email).length,
    notices: () =>
      world.store.db.selectFrom('notices').select(['kind', 'body', 'n']).where('entry', '=', entry).execute(),
  };
}

/** A worker whose calls reach Mapp, and which then hears nothing until the gate opens. */
function frozen(owner: string, clock?: ManualClock) {
  const { open, opened } = gate();
  const real = world.client();
  let calls = 0;
  const freeze = async () => {
    calls += 1;
    await opened;
  };
  const connect = {
    event: (...args: Parameters<typeof real.event>) => real.event(...args).then(freeze),
    batch: (...args: Parameters<typeof real.batch>) => real.batch(...args).then(freeze),
  };
  const worker = world.worker(owner, clock === undefined ? { connect } : { connect, clock });
  return { worker, open, called: () => until(() => calls > 0) };
}

describe('a worker that dies after its claim', () => {
  it('leaves a send that others wait for, then defer, and declare unknown when the lease is over', async () => {
    const { effect, row, taken } = await ben();
    await claim(world.store, 'dead', [effect]);
    const clock = new ManualClock();
    const worker = world.worker('w1', { clock });
    const local = worker.deliver(effect);
    await until(() => clock.pending > 0);
    for (let polls = 0; polls < 19; polls += 1) {
      await clock.advance(100);
      await until(() => clock.pending > 0);
    }
    await clock.advance(100);
    expect(await local).toEqual({ outcome: 'deferred', reason: DEFERRALS.elsewhere });
    await world.endLease(effect.key);
    expect(await worker.deliverLater(effect)).toEqual({ outcome: 'unknown', reason: 'worker_lost' });
    expect(await row()).toMatchObject({ state: 'unknown', owner: 'dead' });
    expect(await taken()).toBe(0);
  });

  it('leaves an idempotent write that the next one takes over', async () => {
    const { effect, row, taken, entry } = await ben(PROFILE);
    await claim(world.store, 'dead', [effect]);
    await world.endLease(effect.key);
    await world.store.db.updateTable('entries').set({ sent_n: 1 }).where('id', '=', entry).execute();
    expect(await world.worker('w1').deliver(effect)).toEqual({ outcome: 'look', n: 1 });
    expect(await world.worker('w1').deliver({ ...effect, n: 1 })).toEqual({ outcome: 'accepted' });
    expect(await row()).toMatchObject({ state: 'accepted', owner: 'w1' });
    expect(await taken()).toBe(1);
  });

  it('leaves nothing when it never heard that its claim had succeeded and lives on', async () => {
    const { effect, row, taken } = await ben();
    await claim(world.store, 'w1', [effect]);
    expect(await world.worker('w1').deliver(effect)).toEqual({ outcome: 'accepted' });
    expect(await row()).toMatchObject({ state: 'accepted' });
    expect(await taken()).toBe(1);
  });
});

describe('a worker that sends while another asks', () => {
  it('is waited for', async () => {
    const { effect, taken } = await ben();
    const { worker, open, called } = frozen('w1');
    const first = worker.deliver(effect);
    await called();
    const clock = new ManualClock();
    const second = world.worker('w2', { clock }).deliver(effect);
    await until(() => clock.pending > 0);
    open();
    expect(await first).toEqual({ outcome: 'accepted' });
    await clock.advance(100);
    expect(await second).toEqual({ outcome: 'accepted' });
    expect(await taken()).toBe(1);
  });
});

describe('a worker that was frozen beyond its lease', () => {
  async function thawed() {
    const one = await ben();
    const { worker, open, called } = frozen('w1');
    const first = worker.deliver(one.effect);
    await called();
    await world.endLease(one.effect.key);
    expect(await world.worker('w2').deliver(one.effect)).toMatchObject({ outcome: 'unknown' });
    return { ...one, first, open };
  }

  it('brings late evidence, which wakes the run', async () => {
    const { effect, first, open, row, notices, taken } = await thawed();
    open();
    expect(await first).toEqual({ outcome: 'accepted' });
    expect(await row()).toMatchObject({ state: 'accepted' });
    expect(await notices()).toEqual([{ kind: 'settled', n: 1, body: { key: effect.key, outcome: 'accepted' } }]);
    expect(await taken()).toBe(1);
  });

  it.each(['sent', 'skip', 'resend'] as const)('comes too late once an operator said %s', async (as) => {
    const { effect, entry, first, open, row, notices, taken } = await thawed();
    const resolution = await world.store.db.transaction().execute((trx) => resolve(trx, effect.key, as));
    expect(resolution).toEqual({ resolved: true, entry, step: effect.step });
    open();
    const stands = {
      sent: { outcome: 'accepted' },
      skip: { outcome: 'skipped', reason: 'operator' },
      resend: { outcome: 'unknown', reason: 'worker_lost', resolution: 'resend' },
    }[as];
    expect(await first).toEqual(stands);
    expect(await notices()).toEqual([]);
    expect(await row()).toMatchObject({ state: stands.outcome });
    if (as === 'resend') {
      const again = effectOf(entry, EMAIL, { generation: 2 });
      expect(await world.worker('w2').deliver(again)).toEqual({ outcome: 'accepted' });
    }
    expect(await taken()).toBe(as === 'resend' ? 2 : 1);
  });
});

describe('one call of a person at a time', () => {
  it('makes the second wait without a claim, and lets it go when its patience is over', async () => {
    const { effect, person, taken } = await ben();
    const clock = new ManualClock();
    const { worker, open, called } = frozen('w1', clock);
    const first = worker.deliver(effect);
    await called();
    const [other, third] = [effectOf(await world.run(person)), effectOf(await world.run(person))];
    const second = worker.deliver(other);
    const patient = worker.deliverLater(third);
    expect(await meanwhile(clock, second)).toEqual({ outcome: 'deferred', reason: DEFERRALS.person_busy });
    expect((await world.rows()).some(({ key }) => key === other.key || key === third.key)).toBe(false);
    open();
    expect(await first).toEqual({ outcome: 'accepted' });
    expect(await meanwhile(clock, patient)).toEqual({ outcome: 'accepted' });
    expect(await meanwhile(clock, worker.deliver(other))).toEqual({ outcome: 'accepted' });
    expect(await taken()).toBe(3);
  });

  it('never puts two of them into one call, in whatever order their runs ask', async () => {
    const one = await ben();
    const runs = await Promise.all([1, 2].map(() => world.run(one.person)));
    const real = world.client();
    const sizes: number[] = [];
    const connect = {
      event: (...args: Parameters<typeof real.event>) => real.event(...args).then(() => void sizes.push(1)),
      batch: (...args: Parameters<typeof real.batch>) =>
        real.batch(...args).then(() => void sizes.push(args[1].length)),
    };
    const worker = world.worker('w1', { connect });
    const others = await Promise.all([ben(), ben()]);
    const effects = [one.effect, ...runs.map((run) => effectOf(run)), ...others.map(({ effect }) => effect)];
    const answers = await Promise.all(effects.map((effect) => worker.deliverLater(effect)));
    expect(answers).toEqual(Array(5).fill({ outcome: 'accepted' }));
    expect(sizes).toEqual([3, 1, 1]);
  });
});

describe('a worker that drains', () => {
  it('refuses what is not claimed, and finishes what is', async () => {
    const [one, two, three] = [await ben(), await ben(), await ben()];
    const clock = new ManualClock();
    const { worker, open, called } = frozen('w1', clock);
    const claimed = worker.deliver(one.effect);
    await called();
    const queued = worker.deliver(two.effect);
    let drained = false;
    const drain = worker.drain().then(() => {
      drained = true;
    });
    const draining = { outcome: 'deferred', reason: DEFERRALS.draining };
    expect(await queued).toEqual(draining);
    expect(await worker.deliver(three.effect)).toEqual(draining);
    await expect(worker.deliverLater(three.effect)).rejects.toMatchObject({ message: DEFERRALS.draining });
    expect(drained).toBe(false);
    open();
    await drain;
    expect(await claimed).toEqual({ outcome: 'accepted' });
    expect(await one.taken()).toBe(1);
    for (const { row, taken } of [two, three]) expect([await row(), await taken()]).toEqual([undefined, 0]);
  });
});

describe('a store that goes away', () => {
  const away = () => world.store.pool.query('alter table deliveries rename to deliveries_away');
  const back = () => world.store.pool.query('alter table deliveries_away rename to deliveries');

  it('before the claim: deferred at once, asked again after a pause', async () => {
    const { effect, taken } = await ben();
    const clock = new ManualClock();
    const worker = world.worker('w1', { clock });
    await away();
    const deferred = { outcome: 'deferred', reason: DEFERRALS.store_unavailable };
    try {
      expect(await worker.deliver(effect)).toEqual(deferred);
    } finally {
      await back();
    }
    expect(await worker.deliver(effect)).toEqual(deferred);
    const later = worker.deliverLater(effect);
    await clock.advance(500);
    expect(await later).toEqual({ outcome: 'accepted' });
    expect(await taken()).toBe(1);
  });

  it('after the call: insists on writing the outcome down before it answers', async () => {
    const { effect, row, taken } = await ben();
    const clock = new ManualClock();
    const { worker, open, called } = frozen('w1', clock);
    const answer = worker.deliver(effect);
    await called();
    await away();
    open();
    await until(() => clock.pending > 0);
    await back();
    await clock.advance(50);
    expect(await answer).toEqual({ outcome: 'accepted' });
    expect(await row()).toMatchObject({ state: 'accepted' });
    expect(await taken()).toBe(1);
    expect(world.log.at(-1)).toContain('trying on');
  });
});

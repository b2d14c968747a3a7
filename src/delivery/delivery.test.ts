/** The ledger's rows one by one, each compared with what the sandbox took: nothing lost, nothing twice. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeliveryWorld, deliveryWorld, EMAIL, effectOf, PROFILE } from '../../test/support/delivery.ts';
import { ManualClock } from '../../test/support/manual-clock.ts';
import type { Fault } from '../sandbox/faults.ts';
import { freePort } from '../system/free-port.ts';
import { DEFERRALS, DeliveryDeferred } from './deferral.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await deliveryWorld();
});
afterAll(() => world.close());

let people = 0;
async function anna() {
  people += 1;
  const email = `anna${people}@example.com`;
  const person = await world.person({ email });
  const entry = await world.run(person);
  return {
    email,
    person,
    entry,
    effect: effectOf(entry),
    row: async () => (await world.rows()).find(({ key }) => key === effectOf(entry).key),
    taken: async () => (await world.taken()).filter((body) => body.email === email).length,
  };
}

describe('a send', () => {
  it('is claimed, called once and accepted; asked again it answers from the row', async () => {
    const { effect, row, taken } = await anna();
    const worker = world.worker('w1');
    expect(await worker.deliver(effect)).toEqual({ outcome: 'accepted' });
    expect(await row()).toEqual({ key: effect.key, state: 'accepted', reason: null, owner: 'w1' });
    expect(await worker.deliver(effect)).toEqual({ outcome: 'accepted' });
    expect(await world.worker('w2').deliverLater(effect)).toEqual({ outcome: 'accepted' });
    expect(await taken()).toBe(1);
  });

  it('asked for twice at once goes out once, in one process and in two', async () => {
    const { effect, taken } = await anna();
    const [one, two] = [world.worker('w1'), world.worker('w2')];
    const answers = await Promise.all([one, one, two, two].map((worker) => worker.deliver(effect)));
    expect(answers).toEqual(Array(4).fill({ outcome: 'accepted' }));
    expect(await taken()).toBe(1);
  });

  it('is skipped without an address for its channel', async () => {
    const person = await world.person({ external_id: 'x-1' });
    const effect = effectOf(await world.run(person));
    const expected = { outcome: 'skipped', reason: 'no_address' };
    expect(await world.worker('w1').deliver(effect)).toEqual(expected);
    expect(await world.worker('w2').deliver(effect)).toEqual(expected);
    expect(await world.rows()).toContainEqual({ key: effect.key, state: 'skipped', reason: 'no_address', owner: 'w1' });
  });

  it('goes to the address that the person has at the claim, also after a merge', async () => {
    const { person, entry, taken } = await anna();
    const remaining = await world.person({ email: 'new-address@example.com' });
    await world.store.db.updateTable('persons').set({ merged_into: remaining }).where('id', '=', person).execute();
    await world.worker('w1').deliver(effectOf(entry));
    expect(await taken()).toBe(0);
    expect((await world.taken()).filter(({ email }) => email === 'new-address@example.com')).toHaveLength(1);
  });

  it('stops at the barrier, before and after an earlier effect of the run', async () => {
    const { entry, effect, taken } = await anna();
    const worker = world.worker('w1');
    await worker.deliver(effect);
    await world.store.db.updateTable('entries').set({ sent_n: 3 }).where('id', '=', entry).execute();
    const next = effectOf(entry, EMAIL, { step: 'send_email_2' });
    expect(await worker.deliver(next)).toEqual({ outcome: 'look', n: 3 });
    expect(await worker.deliverLater(next)).toEqual({ outcome: 'look', n: 3 });
    expect(await worker.deliver(effect)).toEqual({ outcome: 'accepted' });
    expect(await taken()).toBe(1);
    expect(await worker.deliver({ ...next, n: 3 })).toEqual({ outcome: 'accepted' });
    expect(await taken()).toBe(2);
  });

  it('of a run that the store does not know is deferred, with its reason', async () => {
    const effect = effectOf('00000000-0000-4000-8000-000000000000');
    const worker = world.worker('w1');
    expect(await worker.deliver(effect)).toEqual({ outcome: 'deferred', reason: DEFERRALS.unknown_entry });
    await expect(worker.deliverLater(effect)).rejects.toMatchObject({ nextRetryDelayMs: 60_000 });
  });

  it('with an unusable entry id fails alone, not those that share its statement', async () => {
    const { effect } = await anna();
    const worker = world.worker('w1', { rate: 1_000_000 });
    const bad = [effectOf('no-uuid'), effectOf('no-uuid-2')];
    const results = await Promise.allSettled([bad[0]!, effect, bad[1]!].map((one) => worker.deliver(one)));
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected']);
  });
});

describe('a call that Mapp refuses', () => {
  it.each([400, 413, 415])('with %i is rejected for good', async (status) => {
    const { effect, row, taken } = await anna();
    await world.faults({ status, times: 1 });
    const worker = world.worker('w1');
    expect(await worker.deliver(effect)).toMatchObject({
      outcome: 'rejected',
      reason: expect.stringContaining(`${status}`),
    });
    expect(await worker.deliver(effect)).toMatchObject({ outcome: 'rejected' });
    expect(await row()).toMatchObject({ state: 'rejected' });
    expect(await taken()).toBe(0);
  });

  it('that cannot even be made is rejected, and stops nobody else', async () => {
    const [one, two] = [await anna(), await anna()];
    const worker = world.worker('w1');
    const bad = effectOf(one.entry, { ...EMAIL, parameters: { messageId: '1' } });
    expect(await worker.deliver(bad)).toMatchObject({ outcome: 'rejected' });
    expect(await worker.deliver(two.effect)).toEqual({ outcome: 'accepted' });
  });
});

describe('a call that was provably not taken', () => {
  const cases: [string, Fault, number][] = [
    ['429', { status: 429, retryAfter: 7, times: 1 }, 7_000],
    ['503 with Retry-After', { status: 503, retryAfter: 3, times: 1 }, 3_000],
    ['401', { status: 401, times: 1 }, 5_000],
    ['404', { status: 404, times: 1 }, 5_000],
  ];
  it.each(cases)('%s: gives its claim back, waits, and goes out once', async (_name, fault, pause) => {
    const { effect, row, taken } = await anna();
    const clock = new ManualClock();
    const worker = world.worker('w1', { clock });
    await world.faults(fault);
    expect(await worker.deliver(effect)).toEqual({ outcome: 'deferred', reason: DEFERRALS.mapp_unavailable });
    expect(await row()).toBeUndefined();
    expect(world.log.at(-1)).toContain(`next try in ${pause / 1000} s`);

    // the next ones are not even tried while the breaker is open
    expect(await worker.deliver(effect)).toMatchObject({ outcome: 'deferred' });
    if (pause > 15_000) {
      await expect(worker.deliverLater(effect)).rejects.toMatchObject({ nextRetryDelayMs: pause });
      await clock.advance(pause - 10_000);
    }
    const later = worker.deliverLater(effect);
    await clock.advance(Math.min(pause, 10_000));
    expect(await later).toEqual({ outcome: 'accepted' });
    expect(await taken()).toBe(1);
    expect(await row()).toMatchObject({ state: 'accepted' });
  });

  it('connection refused: the same, and another worker may send it meanwhile', async () => {
    const { effect, row, taken } = await anna();
    const connect = world.client({ url: `http://127.0.0.1:${await freePort()}` });
    const worker = world.worker('w1', { connect });
    expect(await worker.deliver(effect)).toEqual({ outcome: 'deferred', reason: DEFERRALS.mapp_unavailable });
    expect(await row()).toBeUndefined();
    expect(await world.worker('w2').deliver(effect)).toEqual({ outcome: 'accepted' });
    expect(await taken()).toBe(1);
  });

  it('wrong credentials are said to operators', async () => {
    const { effect, row } = await anna();
    const worker = world.worker('w1', { connect: world.client({ secret: 'wrong' }) });
    expect(await worker.deliver(effect)).toMatchObject({ outcome: 'deferred' });
    expect(await row()).toBeUndefined();
    expect(world.log.at(-1)).toContain('MAPP_CONNECT_SECRET');
  });
});

describe('a call whose fate nobody knows', () => {
  const cases: [string, Fault, number][] = [
    ['dropped before queueing', { drop: 'before', times: 1 }, 0],
    ['dropped after queueing', { drop: 'after', times: 1 }, 1],
    ['500 before queueing', { status: 500, times: 1 }, 0],
    ['500 after queueing', { status: 500, afterQueueing: true, times: 1 }, 1],
    ['503 without Retry-After', { status: 503, times: 1 }, 0],
  ];
  it.each(cases)('%s: is unknown at once and never repeated', async (_name, fault, expected) => {
    const { effect, row, taken } = await anna();
    await world.faults(fault);
    expect(await world.worker('w1').deliver(effect)).toMatchObject({ outcome: 'unknown' });
    expect(await row()).toMatchObject({ state: 'unknown', reason: expect.stringContaining('Mapp Connect POST') });
    expect(await world.worker('w2').deliver(effect)).toMatchObject({ outcome: 'unknown' });
    expect(await taken()).toBe(expected);
  });

  it('of an idempotent write is simply repeated', async () => {
    const { entry, taken } = await anna();
    const effect = effectOf(entry, PROFILE, { step: 'set_1', kind: 'set' });
    const clock = new ManualClock();
    const worker = world.worker('w1', { clock });
    await world.faults({ drop: 'after', times: 1 });
    expect(await worker.deliver(effect)).toMatchObject({ outcome: 'deferred' });
    const later = worker.deliverLater(effect);
    await clock.advance(1_000);
    expect(await later).toEqual({ outcome: 'accepted' });
    expect(await taken()).toBe(2);
  });

  it('of a double opt-in is unknown: it invites', async () => {
    const { entry } = await anna();
    const operation = { type: 'group', action: 'add', group: { name: 'vip', id: '1' }, optIn: 'double' } as const;
    await world.faults({ status: 500, times: 1 });
    expect(await world.worker('w1').deliver(effectOf(entry, operation))).toMatchObject({ outcome: 'unknown' });
  });
});

describe('many at once', () => {
  it('through two workers: every effect once', async () => {
    const runs = await Promise.all(Array.from({ length: 60 }, () => anna()));
    const workers = [world.worker('w1', { rate: 10_000 }), world.worker('w2', { rate: 10_000 })];
    await Promise.all(runs.flatMap(({ effect }) => workers.map((worker) => worker.deliverLater(effect))));
    const taken = await world.taken();
    for (const { email } of runs) expect(taken.filter((body) => body.email === email)).toHaveLength(1);
  });

  it('more than fit into 2 s are deferred, and none is lost', async () => {
    const runs = await Promise.all(Array.from({ length: 4 }, () => anna()));
    const clock = new ManualClock();
    const worker = world.worker('w1', { rate: 1, clock, batch: { events: 1, bytes: 1_000_000 } });
    const answers = Promise.all(runs.map(({ effect }) => worker.deliver(effect)));
    await clock.advance(1_050);
    expect((await answers).map(({ outcome }) => outcome)).toEqual(['accepted', 'accepted', 'deferred', 'deferred']);
    await expect(world.worker('w2', { rate: 0.01, clock }).deliverLater(runs[2]!.effect)).resolves.toEqual({
      outcome: 'accepted',
    });
    const patient = worker.deliverLater(runs[3]!.effect);
    await clock.advance(1_050);
    expect(await patient).toEqual({ outcome: 'accepted' });
    for (const { taken } of runs) expect(await taken()).toBe(1);
  });

  it('the patient give up after 15 s at the latest, with the time to come again', async () => {
    const runs = await Promise.all([anna(), anna()]);
    const clock = new ManualClock();
    const worker = world.worker('w1', { rate: 0.01, clock });
    await worker.deliverLater(runs[0]!.effect);
    const failure = await worker.deliverLater(runs[1]!.effect).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(DeliveryDeferred);
    expect(failure).toMatchObject({ nextRetryDelayMs: 105_000, message: DEFERRALS.rate });
  });
});

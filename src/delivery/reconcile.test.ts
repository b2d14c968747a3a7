/** `on_unknown: reconcile`, from the lost answer to what the contact's message history says of it. */
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import { type DeliveryWorld, deliveryWorld, EMAIL, effectOf } from '../../test/support/delivery.ts';
import { ownRate } from '../../test/support/own-rate.ts';
import type { Effect, Operation } from '../plan/effect.ts';
import { systemClock } from './clock.ts';
import { DEFERRALS } from './deferral.ts';
import type { DeliveryOptions } from './delivery.ts';
import { verdictOn } from './reconcile.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await deliveryWorld();
});
afterEach(() => world.faults());
afterAll(() => world.close());

const RECONCILE = { unknown: 'reconcile' } as const;
const TAKEN = { path: 'event', status: 500, afterQueueing: true, times: 1 } as const;
const NOT_TAKEN = { path: 'event', status: 500, times: 1 } as const;
const RECONCILING = { outcome: 'deferred', reason: DEFERRALS.reconciling };

function worker(owner: string, options: Partial<DeliveryOptions> = {}) {
  const engage = {
    client: world.engage(),
    turns: ownRate(1_000, systemClock),
    maxAge: 86_400_000,
    typed: (_name: string, text: string) => text,
  };
  return world.worker(owner, { engage, ...options });
}

let people = 0;
async function carl() {
  people += 1;
  const email = `carl${people}@example.com`;
  await world.client().event('user', { email, group: '10144' });
  const entry = await world.run(await world.person({ email }));
  const effect = (more: Partial<Effect> = {}, operation: Operation = EMAIL) =>
    effectOf(entry, operation, { decides: RECONCILE, ...more });
  return { email, entry, effect };
}

/** As if it had been claimed so long ago. */
async function age({ key }: Effect, minutes: number): Promise<void> {
  await world.store.db
    .updateTable('deliveries')
    .set({ created_at: sql`now() - make_interval(mins => ${minutes})` })
    .where('key', '=', key)
    .execute();
}

describe('a send whose answer was lost', () => {
  it('waits at first, whichever worker asks, and is accepted when the message is found', async () => {
    const effect = (await carl()).effect({}, { ...EMAIL, set: { Hobbies: 'chess' } } as Operation);
    await world.faults(TAKEN);
    expect(await worker('r1').deliver(effect)).toEqual(RECONCILING);
    expect(await worker('r2').deliver(effect)).toEqual(RECONCILING);
    await expect(worker('r2').deliverLater(effect)).rejects.toMatchObject({ nextRetryDelayMs: expect.any(Number) });
    await age(effect, 2);
    expect(await worker('r2').deliverLater(effect)).toEqual({ outcome: 'accepted' });
    expect(await worker('r3').deliver(effect)).toEqual({ outcome: 'accepted' });
    const read = { key: 'run/a/1', entry: effect.entry, contact: ['Hobbies'], groups: [] };
    expect((await world.worker('r4').read(read)).contact, 'its own writes too').toEqual({ Hobbies: 'chess' });
  });

  it('is sent again when it is missing still, as another generation', async () => {
    const effect = (await carl()).effect();
    await world.faults(NOT_TAKEN);
    expect(await worker('r1').deliver(effect)).toEqual(RECONCILING);
    await age(effect, 2);
    expect(await worker('r1').deliver(effect), 'Mapp may not have worked it off yet').toEqual(RECONCILING);
    await age(effect, 16);
    const resend = { outcome: 'unknown', resolution: 'resend' };
    expect(await worker('r1').deliver(effect)).toMatchObject(resend);
    expect(await worker('r2').deliver(effect), 'decided for ever').toMatchObject(resend);
    const next = { ...effect, key: effect.key.replace(/1$/, '2'), generation: 2 };
    expect(await worker('r1').deliver(next)).toEqual({ outcome: 'accepted' });
  });

  it('of somebody whom Mapp does not know was sent nothing', async () => {
    const entry = await world.run(await world.person({ email: 'never@example.com' }));
    const effect = effectOf(entry, EMAIL, { decides: RECONCILE });
    await world.faults(NOT_TAKEN);
    await worker('r1').deliver(effect);
    await age(effect, 16);
    expect(await worker('r1').deliver(effect)).toMatchObject({ resolution: 'resend' });
  });

  it('of a killed worker is looked for as well', async () => {
    const effect = (await carl()).effect();
    await worker('r1').deliver(effect);
    await world.store.db
      .updateTable('deliveries')
      .set({ state: 'sending', owner: 'gone', lease_until: new Date(0) })
      .where('key', '=', effect.key)
      .execute();
    await age(effect, 2);
    expect(await worker('r2').deliver(effect)).toEqual({ outcome: 'accepted' });
  });

  it('waits while Engage does not answer', async () => {
    const effect = (await carl()).effect();
    await world.faults(TAKEN, { path: 'user/getMessageHistory', status: 429, times: 1 });
    await worker('r1').deliver(effect);
    await age(effect, 2);
    const away = { outcome: 'deferred', reason: DEFERRALS.engage_unavailable };
    expect(await worker('r1').deliver(effect)).toEqual(away);
    expect(await worker('r2').deliver(effect)).toEqual({ outcome: 'accepted' });
  });

  it('is told by its key from another send of the same message', async () => {
    const { effect } = await carl();
    await worker('r1').deliver(effect({ step: 'first' }));
    await world.faults(NOT_TAKEN);
    const second = effect({ step: 'second' });
    await worker('r1').deliver(second);
    await age(second, 16);
    expect(await worker('r1').deliver(second)).toMatchObject({ outcome: 'unknown', resolution: 'resend' });
    await world.faults(TAKEN);
    const third = effect({ step: 'third' });
    await worker('r1').deliver(third);
    await age(third, 2);
    expect(await worker('r1').deliver(third)).toEqual({ outcome: 'accepted' });
  });
});

describe('nobody can tell, so it parks', () => {
  it('without Engage', async () => {
    const effect = (await carl()).effect();
    await world.faults(TAKEN);
    const answer = await world.worker('c1').deliver(effect);
    expect(answer).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('needs Mapp Engage') });
    expect(answer).not.toHaveProperty('resolution');
  });

  it('what is no message', async () => {
    const operation: Operation = { type: 'automation', event: 'vip', fields: {} };
    const effect = (await carl()).effect({}, operation);
    await world.faults(TAKEN);
    expect(await worker('r1').deliver(effect)).toMatchObject({
      outcome: 'unknown',
      reason: expect.stringContaining('finds e-mails and SMS only'),
    });
  });

  it('the same message sent twice at the same time, where the history does not show keys', async () => {
    const { effect } = await carl();
    await worker('r1', { keyField: 'delivery_key' }).deliver(effect({ step: 'first' }));
    await world.faults(NOT_TAKEN);
    const second = effect({ step: 'second' });
    await worker('r1', { keyField: 'delivery_key' }).deliver(second);
    await age(second, 16);
    const answer = await worker('r1', { keyField: 'delivery_key' }).deliver(second);
    expect(answer).toMatchObject({ outcome: 'unknown', reason: expect.stringContaining('found the message 1 times') });
    expect(answer).not.toHaveProperty('resolution');
  });

  it('after three sends', async () => {
    const { effect } = await carl();
    const third = effect({ generation: 3 });
    await world.faults(NOT_TAKEN);
    await worker('r1').deliver(third);
    await age(third, 16);
    expect(await worker('r1').deliver(third)).toMatchObject({ reason: expect.stringContaining('3 times already') });
  });
});

const count = (unnamed: number, others = 0, own = false) => ({ unnamed, others, own });

test.each([
  [count(0), { accepted: 0, open: 0 }, 'not_taken'],
  [count(1), { accepted: 0, open: 0 }, 'taken'],
  [count(0), { accepted: 0, open: 1 }, 'not_taken'],
  [count(1), { accepted: 0, open: 1 }, 'unclear'],
  [count(2), { accepted: 0, open: 1 }, 'taken'],
  [count(0), { accepted: 1, open: 0 }, 'unclear'],
  [count(1), { accepted: 1, open: 0 }, 'unclear'],
  [count(2), { accepted: 1, open: 0 }, 'taken'],
  [count(0, 1), { accepted: 1, open: 0 }, 'not_taken'],
  [count(0, 0, true), { accepted: 1, open: 1 }, 'taken'],
] as const)('%o beside %o: %s', (found, others, verdict) => {
  expect(verdictOn(found, others)).toBe(verdict);
});

/** What goes through Mapp Engage: messages with `via: engage`, profiles on a miss, messages of unknown fate. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type DeliveryWorld, deliveryWorld, EMAIL, effectOf, PROFILE } from '../../test/support/delivery.ts';
import { ownRate } from '../../test/support/own-rate.ts';
import { travelingKey } from '../plan/delivery-key.ts';
import type { Operation, ReadRequest } from '../plan/effect.ts';
import { lookupForm } from '../store/crypto/vault.ts';
import { systemClock } from './clock.ts';
import { DEFERRALS } from './deferral.ts';
import type { Delivery, DeliveryOptions } from './delivery.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await deliveryWorld();
});
afterEach(() => world.faults());
afterAll(() => world.close());

const HOUR = 3_600_000;
const VIA_ENGAGE: Operation = { ...EMAIL, via: 'engage' };

function worker(owner: string, options: Partial<DeliveryOptions> = {}): Delivery {
  const typed = (name: string, text: string) => (name === 'Purchases' ? Number(text) : text);
  const engage = { client: world.engage(), turns: ownRate(1_000, systemClock), maxAge: 24 * HOUR, typed };
  return world.worker(owner, { engage, ...options });
}

let people = 0;
/** Somebody whom Mapp knows. */
async function bea(attributes: { [name: string]: string } = {}) {
  people += 1;
  const email = `bea${people}@example.com`;
  await world.client().event('user', { email, group: '10144', ...attributes });
  const person = await world.person({ email });
  const entry = await world.run(person);
  const row = async (key: string) => (await world.rows()).find((one) => one.key === key);
  const messages = async () => {
    const all = (await (await fetch(`${world.sandboxUrl}/messages`)).json()) as { email: string; parameters: object }[];
    return all.filter((one) => one.email === email).map(({ parameters }) => parameters);
  };
  const stored = async () =>
    await world.store.db.selectFrom('persons').selectAll().where('id', '=', person).executeTakeFirstOrThrow();
  return { email, person, entry, row, messages, stored };
}

let reads = 0;
function readOf(entry: string, contact: string[], groups: string[] = []): ReadRequest {
  reads += 1;
  return { key: `run/${reads}/1`, entry, contact, groups };
}

describe('via: engage', () => {
  it('looks the contact up and sends to its id; asked again it answers from the row', async () => {
    const { entry, row, messages } = await bea();
    const effect = effectOf(entry, VIA_ENGAGE);
    expect(await worker('e1').deliver(effect)).toEqual({ outcome: 'accepted' });
    expect(await worker('e2').deliver(effect)).toEqual({ outcome: 'accepted' });
    expect(await row(effect.key)).toMatchObject({ state: 'accepted', owner: 'e1' });
    expect(await messages()).toEqual([{ coupon: 'SPRING' }]);
    const keyed = effectOf(entry, VIA_ENGAGE, { step: 'keyed' });
    await worker('e3', { keyField: 'delivery_key' }).deliver(keyed);
    expect((await messages()).at(-1)).toEqual({ coupon: 'SPRING', delivery_key: travelingKey(keyed.key) });
  });

  it('writes `set` first', async () => {
    const { entry, email } = await bea({ Hobbies: 'chess' });
    await worker('e1').deliver(effectOf(entry, { ...VIA_ENGAGE, set: { Hobbies: null, Purchases: 2 } } as Operation));
    const found = await world.engage().contact({ kind: 'email', value: email });
    expect(found!.attributes).toEqual({ Purchases: '2' });
  });

  it('is rejected where Mapp does not know the contact', async () => {
    const entry = await world.run(await world.person({ email: 'nobody@example.com' }));
    expect(await worker('e1').deliver(effectOf(entry, VIA_ENGAGE))).toEqual({
      outcome: 'rejected',
      reason: 'Mapp Engage knows no contact with this email',
    });
  });

  it('without credentials waits, and says for what', async () => {
    const { entry, row } = await bea();
    const effect = effectOf(entry, VIA_ENGAGE);
    expect(await world.worker('c1').deliver(effect)).toEqual({
      outcome: 'deferred',
      reason: DEFERRALS.engage_missing,
    });
    expect(await row(effect.key)).toBeUndefined();
  });

  it.each([
    ['a throttled look-up', { path: 'contact/get', status: 429, times: 1 }],
    ['a lost look-up', { path: 'contact/get', drop: 'after', times: 1 }],
    ['a throttled send', { path: 'message/sendSingle', status: 429, times: 1 }],
  ] as const)('%s: nothing was sent, nothing is claimed', async (_what, fault) => {
    const { entry, row, messages } = await bea();
    const effect = effectOf(entry, VIA_ENGAGE);
    await world.faults(fault);
    const answer = await worker('e1').deliver(effect);
    expect(answer).toEqual({ outcome: 'deferred', reason: DEFERRALS.engage_unavailable });
    expect(await row(effect.key)).toBeUndefined();
    expect(await messages()).toEqual([]);
  });

  it.each([
    ['a failure after Mapp took it', { status: 500, afterQueueing: true }],
    ['a lost answer', { drop: 'after' }],
  ] as const)('%s: nobody can tell', async (_what, fault) => {
    const { entry, row } = await bea();
    const effect = effectOf(entry, VIA_ENGAGE);
    await world.faults({ path: 'message/sendSingle', times: 1, ...fault });
    expect(await worker('e1').deliver(effect)).toMatchObject({ outcome: 'unknown' });
    expect(await row(effect.key)).toMatchObject({ state: 'unknown' });
  });
});

describe('a read', () => {
  it('asks Engage for what the store never heard of, once, and keeps it', async () => {
    const { entry, stored } = await bea({ Purchases: '3', FirstName: 'Bea' });
    const delivery = worker('e1');
    const both = await Promise.all([
      delivery.read(readOf(entry, ['Purchases', 'email'], ['10144', '999'])),
      delivery.read(readOf(entry, ['Purchases'], ['10144'])),
    ]);
    expect(both[0]).toMatchObject({ contact: { Purchases: 3 }, groups: { '10144': true, '999': false } });
    const { attributes, profile_read_at } = await stored();
    expect(attributes.FirstName).toMatchObject({ value: 'Bea', by: 'engage' });
    expect(profile_read_at).not.toBeNull();
    await world.faults({ status: 500 });
    const again = await delivery.read(readOf(entry, ['Purchases', 'Unheard'], ['10144', '999']));
    expect(again).toMatchObject({ contact: { Purchases: 3, Unheard: null }, groups: { '999': false } });
  });

  it('is answered by the store alone while what it knows is young, and wins over Mapp', async () => {
    const { entry, person } = await bea({ Hobbies: 'chess', FirstName: 'Bea' });
    const delivery = worker('e1');
    await delivery.deliver(effectOf(entry, PROFILE, { step: 'set' }));
    await world.store.db.updateTable('persons').set({ profile_read_at: null }).where('id', '=', person).execute();
    await world.client().event('user', { email: 'x@example.com', group: '1' });
    await world.engage().updateProfile((await contactId(person))!, { Hobbies: 'go' });
    expect(await delivery.read(readOf(entry, ['Hobbies', 'FirstName']))).toMatchObject({
      contact: { Hobbies: 'chess', FirstName: 'Bea' },
    });
  });

  it('beyond max_age asks again, and Mapp wins', async () => {
    const { entry, person } = await bea({ Hobbies: 'go' });
    const long = '2020-01-01T00:00:00.000Z';
    await world.store.db
      .updateTable('persons')
      .set({
        attributes: JSON.stringify({
          Hobbies: { value: 'chess', at: long, by: 'shop' },
          Own: { value: 1, at: long, by: 'shop' },
        }),
      })
      .where('id', '=', person)
      .execute();
    const delivery = worker('e1');
    await world.faults({ path: 'contact/get', status: 500, times: 1 });
    expect(await delivery.read(readOf(entry, ['Hobbies'])), 'old is better than nothing').toMatchObject({
      contact: { Hobbies: 'chess' },
    });
    const answer = await worker('e2').read(readOf(entry, ['Hobbies', 'Own']));
    expect(answer.contact, 'what Mapp has no value for stays').toEqual({ Hobbies: 'go', Own: 1 });
  });

  it('of something unknown waits for Engage', async () => {
    const { entry } = await bea({ Purchases: '3' });
    await world.faults({ path: 'contact/get', status: 429, times: 1 });
    await expect(worker('e1').read(readOf(entry, ['Purchases']))).rejects.toThrow(DEFERRALS.engage_unavailable);
    expect(await worker('e2').read(readOf(entry, ['Purchases']))).toMatchObject({ contact: { Purchases: 3 } });
  });

  it('that has its answer asks nobody', async () => {
    const { entry, person } = await bea({ Purchases: '3' });
    const delivery = worker('e1');
    const request = readOf(entry, ['Purchases']);
    await delivery.read(request);
    await world.store.db
      .updateTable('persons')
      .set({ profile_read_at: null, attributes: '{}' })
      .where('id', '=', person)
      .execute();
    await world.faults({ status: 500 });
    expect(await delivery.read(request)).toMatchObject({ contact: { Purchases: 3 } });
  });

  it('of somebody whom Mapp does not know is answered by the store', async () => {
    const entry = await world.run(await world.person({ email: 'stranger@example.com' }));
    expect(await worker('e1').read(readOf(entry, ['Purchases'], ['10144']))).toMatchObject({
      contact: { Purchases: null },
      groups: { '10144': false },
    });
  });
});

describe("Mapp's id", () => {
  const learned = async (person: string) =>
    await world.store.db
      .selectFrom('identifiers')
      .select(['value', 'former'])
      .where('person', '=', person)
      .where('kind', '=', 'mapp_id')
      .execute();
  const readAgain = async (person: string) => {
    await world.store.db.updateTable('persons').set({ profile_read_at: null }).where('id', '=', person).execute();
    await worker('e1').read(readOf(await world.run(person), ['Purchases']));
  };

  it("is not learned from a contact with an address that was replaced, or is somebody else's", async () => {
    const { email, person: bens } = await bea();
    const external_id = `ext-${email}`;
    await world.client().event('user', { email, externalID: external_id });
    const ada = await world.person({ external_id, mobile: '+491700000001' });
    await readAgain(ada);
    expect(await learned(ada), 'the address of another person').toEqual([]);
    await world.store.db
      .updateTable('identifiers')
      .set({ person: ada, former: true })
      .where('person', '=', bens)
      .execute();
    await readAgain(ada);
    expect(await learned(ada), 'their own former one').toEqual([]);
    await world.store.db.deleteFrom('identifiers').where('kind', '=', 'email').where('person', '=', ada).execute();
    await readAgain(ada);
    expect(await learned(ada), 'one that only Mapp knows').toMatchObject([{ former: false }]);
  });

  it('is known again once the contact has the new address', async () => {
    const { email, person, entry } = await bea();
    const found = await world.engage().contact({ kind: 'email', value: email });
    const value = lookupForm(world.store.db, 'mapp_id', found!.id);
    await world.store.db
      .insertInto('identifiers')
      .values([
        { person, kind: 'mapp_id', value, display: found!.id, former: true },
        { person, kind: 'mobile', value: '+491700000002', display: '+491700000002', former: false },
      ])
      .execute();
    await worker('e1').read(readOf(entry, ['Purchases']));
    expect(await learned(person)).toEqual([{ value, former: false }]);
  });
});

it('a count adds to what Mapp has', async () => {
  const { entry } = await bea({ Purchases: '3' });
  const effect = effectOf(entry, { type: 'count', add: { Purchases: 2 } }, { step: 'increment' });
  expect(await worker('e1').deliver(effect)).toEqual({ outcome: 'accepted', answer: { Purchases: 5 } });
});

async function contactId(person: string): Promise<string | undefined> {
  const row = await world.store.db
    .selectFrom('identifiers')
    .select('display')
    .where('person', '=', person)
    .where('kind', '=', 'email')
    .executeTakeFirstOrThrow();
  return (await world.engage().contact({ kind: 'email', value: row.display }))?.id;
}

/** What effects write to our own store, what runs read from it, and what operators decide. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DeliveryWorld, deliveryWorld, EMAIL, effectOf, PROFILE } from '../../test/support/delivery.ts';
import type { Operation, ReadRequest, ReadResult } from '../plan/effect.ts';
import type { Json } from '../plan/json.ts';
import { HEARD_CHANGES } from '../store/heard-changes.ts';
import { json } from '../store/store.ts';
import { claim } from './claim.ts';
import type { Delivery } from './delivery.ts';
import { UnknownEntry } from './read.ts';
import { type ResolveAs, resolve } from './resolve.ts';

let world: DeliveryWorld;
let worker: Delivery;
beforeAll(async () => {
  world = await deliveryWorld();
  worker = world.worker('w1');
});
afterAll(() => world.close());

let steps = 0;
const act = (entry: string, operation: Operation) => {
  steps += 1;
  return worker.deliver(effectOf(entry, operation, { step: `s${steps}` }));
};
const reading = (entry: string, contact: string[], groups: string[] = []): ReadRequest => {
  steps += 1;
  return { key: `run/s${steps}/1`, entry, contact, groups };
};
const known = (value: Json, at: string) => ({ value, at, by: 'shop' });
const resolved = (key: string, as: ResolveAs) => world.store.db.transaction().execute((trx) => resolve(trx, key, as));

describe('own writes', () => {
  it('are seen by the next read: of a profile step, of a send, cleared ones as null', async () => {
    const person = await world.person({ email: 'cleo@example.com' }, { Old: known('x', '2026-01-01T00:00:00.000Z') });
    const entry = await world.run(person);
    await act(entry, { type: 'profile', set: { Hobbies: 'chess', Old: null } });
    await act(entry, { ...EMAIL, set: { Welcomed: true } });
    const { contact } = await worker.read(reading(entry, ['Hobbies', 'Old', 'Welcomed', 'Never']));
    expect(contact).toEqual({ Hobbies: 'chess', Old: null, Welcomed: true, Never: null });
    const { attributes } = await world.store.db
      .selectFrom('persons')
      .select('attributes')
      .where('id', '=', person)
      .executeTakeFirstOrThrow();
    expect(attributes.Hobbies).toEqual({
      value: 'chess',
      by: 'run',
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    });
  });

  it('of groups are seen too, but a double opt-in makes no member yet', async () => {
    const entry = await world.run(await world.person({ email: 'dora@example.com' }));
    const group = (action: 'add' | 'remove', id: string, optIn: 'single' | 'double' = 'single'): Operation => ({
      type: 'group',
      action,
      group: { name: id, id },
      optIn,
    });
    await act(entry, group('add', '1'));
    await act(entry, group('add', '2'));
    await act(entry, group('remove', '2'));
    await act(entry, group('add', '3', 'double'));
    const { groups } = await worker.read(reading(entry, [], ['1', '2', '3', '4']));
    expect(groups).toEqual({ 1: true, 2: false, 3: false, 4: false });
  });

  it('are not made by a call that Mapp refused', async () => {
    const entry = await world.run(await world.person({ email: 'emil@example.com' }));
    await world.faults({ status: 400, times: 1 });
    expect(await act(entry, PROFILE)).toMatchObject({ outcome: 'rejected' });
    expect((await worker.read(reading(entry, ['Hobbies']))).contact).toEqual({ Hobbies: null });
  });

  it('learned late do not override what a producer has said since', async () => {
    const person = await world.person({ email: 'finn@example.com' });
    const entry = await world.run(person);
    const effect = effectOf(entry, { ...EMAIL, set: { Tier: 'old', Extra: 1 } }, { step: 'late' });
    await claim(world.store, 'dead', [effect]);
    await world.endLease(effect.key);
    await world.store.db
      .updateTable('persons')
      .set({ attributes: json({ Tier: known('new', '2999-01-01T00:00:00.000Z') }) })
      .where('id', '=', person)
      .execute();
    expect(await resolved(effect.key, 'sent')).toMatchObject({ resolved: true });
    expect((await worker.read(reading(entry, ['Tier', 'Extra']))).contact).toEqual({ Tier: 'new', Extra: 1 });
  });
});

describe('read', () => {
  it('stands by its first answer under a key, also when two ask at once', async () => {
    const person = await world.person({ email: 'gil@example.com', mobile: '+491701' });
    const entry = await world.run(person);
    const request = reading(entry, ['email', 'mobile', 'external_id', 'Hobbies']);
    const first = await Promise.all([worker.read(request), world.worker('w2').read(request), worker.read(request)]);
    await act(entry, PROFILE);
    const expected = { email: 'gil@example.com', mobile: '+491701', external_id: null, Hobbies: null };
    for (const { contact } of [...first, await worker.read(request)]) expect(contact).toEqual(expected);
    expect((await worker.read(reading(entry, ['Hobbies']))).contact).toEqual({ Hobbies: 'chess' });
  });

  it("takes a contact's zone from a producer, else the project's attribute, and none that Node does not know", async () => {
    const zone = async (timezone: string | null, attribute: string) => {
      const person = await world.person({}, { TimeZone: known(attribute, '2026-01-01T00:00:00.000Z') });
      await world.store.db.updateTable('persons').set({ timezone }).where('id', '=', person).execute();
      return (await worker.read(reading(await world.run(person), ['timezone']))).contact.timezone;
    };
    expect(await zone('Asia/Tokyo', 'Europe/Berlin')).toBe('Asia/Tokyo');
    expect(await zone(null, 'Europe/Berlin')).toBe('Europe/Berlin');
    expect(await zone(null, 'Mars/Olympus')).toBeNull();
  });

  it('of a run that the store does not know fails, and not those beside it', async () => {
    const entry = await world.run(await world.person({ email: 'hal@example.com' }));
    const unknown = reading('00000000-0000-4000-8000-000000000000', ['email']);
    const results = await Promise.allSettled([unknown, reading(entry, ['email'])].map((one) => worker.read(one)));
    expect(results[0]).toMatchObject({ status: 'rejected', reason: expect.any(UnknownEntry) });
    expect(results[1]).toMatchObject({ status: 'fulfilled' });
  });

  it('is that of the person who remains after a merge', async () => {
    const merged = await world.person({ email: 'ida@example.com', mobile: '+491702' });
    const remains = await world.person(
      { email: 'ida@new.example.com' },
      { Tier: known('gold', '2026-01-01T00:00:00.000Z') },
    );
    await world.store.db.updateTable('persons').set({ merged_into: remains }).where('id', '=', merged).execute();
    const { contact } = await worker.read(reading(await world.run(merged), ['email', 'mobile', 'Tier']));
    expect(contact).toEqual({ email: 'ida@new.example.com', mobile: '+491702', Tier: 'gold' });
  });
});

describe('events of own writes', () => {
  const hear = (...names: string[]) =>
    world.store.db
      .insertInto('meta')
      .values({ key: HEARD_CHANGES, value: json(names) })
      .onConflict((conflict) => conflict.column('key').doUpdateSet({ value: json(names) }))
      .execute();
  const events = async (person: string) => {
    const rows = await world.store.db
      .selectFrom('inbox')
      .select(['name', 'event', 'state'])
      .where('person', '=', person)
      .orderBy('id')
      .execute();
    return rows.map(({ name, event }) => [name, event.data]);
  };
  const group = (action: 'add' | 'remove', optIn: 'single' | 'double' = 'single'): Operation => ({
    type: 'group',
    action,
    group: { name: 'vips', id: '1' },
    optIn,
  });

  it('tell of what differs, and make the person ready; nothing where no flow has to do with it', async () => {
    const person = await world.person(
      { email: 'nora@example.com' },
      { Tier: known('gold', '2026-01-01T00:00:00.000Z') },
    );
    const entry = await world.run(person);
    await act(entry, { type: 'profile', set: { Tier: 'silver' } });
    expect(await events(person)).toEqual([]);
    await hear('attribute_changed', 'group_joined', 'group_left');
    await act(entry, { type: 'profile', set: { Tier: 'silver' } });
    await act(entry, { ...EMAIL, set: { Tier: 'gold', Visits: 2 } });
    await act(entry, group('add', 'double'));
    await act(entry, group('add'));
    await act(entry, group('add'));
    await act(entry, group('remove'));
    expect(await events(person)).toEqual([
      ['attribute_changed', { name: 'Tier', from: 'silver', to: 'gold' }],
      ['attribute_changed', { name: 'Visits', from: null, to: 2 }],
      ['group_joined', { group: 'vips' }],
      ['group_left', { group: 'vips' }],
    ]);
    const { ready_at: ready } = await world.store.db
      .selectFrom('persons')
      .select('ready_at')
      .where('id', '=', person)
      .executeTakeFirstOrThrow();
    expect(ready).not.toBeNull();
    const { event } = await world.store.db
      .selectFrom('inbox')
      .select('event')
      .where('person', '=', person)
      .where('name', '=', 'group_left')
      .executeTakeFirstOrThrow();
    expect(event).toMatchObject({ source: 'flows', contact: {}, origin: { flow: 'welcome', entry } });
    expect(event.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    await hear();
  });
});

describe('read of what happened', () => {
  const arrive = async (person: string, name: string, occurred: string, more: object = {}) => {
    steps += 1;
    const event = { name, id: `e${steps}`, time: occurred, source: 'shop', data: {}, ...more };
    await world.store.db
      .insertInto('inbox')
      .values({
        source: 'shop',
        dedupe_key: `e${steps}`,
        person,
        name,
        event: json(event),
        occurred_at: occurred,
        received_at: occurred,
      })
      .execute();
  };
  const asking = (entry: string, more: Partial<ReadRequest>): ReadRequest => ({ ...reading(entry, []), ...more });

  it('counts events since a moment, those before a merge too, and no test traffic', async () => {
    const remains = await world.person({ email: 'kim@example.com' });
    const merged = await world.person({ mobile: '+491703' });
    await world.store.db.updateTable('persons').set({ merged_into: remains }).where('id', '=', merged).execute();
    await arrive(remains, 'order', '2026-03-01T10:00:00.000Z');
    await arrive(remains, 'order', '2026-03-02T10:00:00.000Z');
    await arrive(merged, 'order', '2026-03-03T10:00:00.000Z');
    await arrive(remains, 'order', '2026-03-04T10:00:00.000Z', { development: true });
    await arrive(remains, 'visit', '2026-03-04T10:00:00.000Z');
    const counts = [
      { key: 'a', event: 'order', since: '2026-03-01T10:00:00.000Z' },
      { key: 'b', event: 'order', since: '2026-03-01T10:00:00.001Z' },
      { key: 'c', event: 'never', since: '2026-01-01T00:00:00.000Z' },
    ];
    const entry = await world.run(merged);
    expect((await worker.read(asking(entry, { counts }))).counts).toEqual({ a: 3, b: 2, c: 0 });
    expect(await worker.read(asking(entry, {}))).toEqual({ contact: {}, groups: {} });
  });

  it('tells in which flows somebody is', async () => {
    const person = await world.person({ email: 'lee@example.com' });
    const entry = await world.run(person);
    const flows = ['welcome', 'other'];
    expect((await worker.read(asking(entry, { flows }))).flows).toEqual({ welcome: true, other: false });
    await world.store.db.updateTable('entries').set({ state: 'closed' }).where('id', '=', entry).execute();
    expect((await worker.read(asking(entry, { flows }))).flows).toEqual({ welcome: false, other: false });
  });

  it('brings the first identifier, else our own id, and the latest opens and clicks', async () => {
    const person = await world.person({ email: 'max@example.com' });
    const entry = await world.run(person);
    const asked = { identity: true, reactions: true } as const;
    expect(await worker.read(asking(entry, asked))).toMatchObject({ identity: person, reactions: [] });
    const first = 'max@old.example.com';
    await world.store.db.updateTable('persons').set({ first_identifier: first }).where('id', '=', person).execute();
    await arrive(person, 'message_opened', '2026-03-01T10:00:59.000Z');
    await arrive(person, 'message_clicked', '2026-03-02T10:01:00.000Z');
    const minute = (text: string) => Date.parse(text) / 60_000;
    expect(await worker.read(asking(entry, asked))).toMatchObject({
      identity: first,
      reactions: [minute('2026-03-02T10:01:00Z'), minute('2026-03-01T10:00:00Z')],
    });
  });

  it('brings what happened before the run, in order, from a moment on', async () => {
    const person = await world.person({ email: 'pat@example.com' });
    await arrive(person, 'order', '2026-03-01T09:00:00.000Z');
    await arrive(person, 'order', '2026-03-01T10:00:00.000Z');
    await arrive(person, 'call', '2026-03-01T10:30:00.000Z');
    await arrive(person, 'order', '2026-03-01T11:00:00.000Z');
    const entry = await world.run(person);
    const past = { events: ['order'], since: '2026-03-01T10:00:00.000Z', before: '2999-01-01T00:00:00.000Z' };
    const times = (result: ReadResult) => result.past?.map(({ name, time }) => `${name} ${time}`);
    expect(times(await worker.read(asking(entry, { past })))).toEqual([
      'order 2026-03-01T10:00:00.000Z',
      'order 2026-03-01T11:00:00.000Z',
    ]);
    const earlier = { ...past, before: '2000-01-01T00:00:00.000Z' };
    expect(times(await worker.read(asking(entry, { past: earlier })))).toEqual([]);
  });
});

describe('resolve', () => {
  async function left(state: 'unknown' | 'rejected' | 'accepted' | 'dead') {
    const entry = await world.run(await world.person({ email: `jo${steps++}@example.com` }));
    const effect = effectOf(entry, EMAIL, { step: 'parked' });
    if (state === 'dead') {
      await claim(world.store, 'dead', [effect]);
      await world.endLease(effect.key);
    } else {
      const status = { unknown: 500, rejected: 400, accepted: null }[state];
      if (status !== null) await world.faults({ status, times: 1 });
      // its own worker: a failed call makes the others of a worker wait
      await world.worker(`w-${effect.key}`).deliver(effect);
    }
    return effect;
  }
  const outcomes = { sent: 'accepted', skip: 'skipped' } as const;

  for (const state of ['unknown', 'rejected', 'dead'] as const) {
    it.each(['sent', 'skip'] as const)(`${state} as %s, once`, async (as) => {
      const effect = await left(state);
      expect(await resolved(effect.key, as)).toEqual({ resolved: true, entry: effect.entry, step: 'parked' });
      expect(await worker.deliver(effect)).toMatchObject({ outcome: outcomes[as] });
      for (const again of ['sent', 'skip', 'resend'] as const) {
        expect(await resolved(effect.key, again)).toEqual({ resolved: false, found: outcomes[as], decided: as });
      }
    });

    it(`${state} as resend, which may be said again`, async () => {
      const effect = await left(state);
      expect(await resolved(effect.key, 'resend')).toMatchObject({ resolved: true });
      expect(await resolved(effect.key, 'resend')).toMatchObject({ resolved: true });
      const stands = state === 'rejected' ? 'rejected' : 'unknown';
      expect(await resolved(effect.key, 'skip')).toEqual({ resolved: false, found: stands, decided: 'resend' });
      expect(await worker.deliver(effect)).toMatchObject({ outcome: stands, resolution: 'resend' });
    });
  }

  it('is refused for what was accepted, is under way, or is not there', async () => {
    const accepted = await left('accepted');
    expect(await resolved(accepted.key, 'skip')).toEqual({ resolved: false, found: 'accepted', decided: null });
    const underWay = effectOf(accepted.entry, EMAIL, { step: 'under_way' });
    await claim(world.store, 'w9', [underWay]);
    expect(await resolved(underWay.key, 'resend')).toEqual({ resolved: false, found: 'sending', decided: null });
    expect(await resolved('nothing', 'sent')).toEqual({ resolved: false, found: null, decided: null });
  });
});

import { afterAll, beforeAll, expect, test } from 'vitest';
import { inboxOf } from '../../test/support/ingest.ts';
import { type TestStore, testStore } from '../../test/support/store.ts';
import type { CanonicalEvent, Contact } from '../plan/event.ts';
import { openStore, type Store } from '../store/store.ts';
import { createSealer } from '../system/seal.ts';
import { acceptEvents } from './accept.ts';
import { createAcceptor } from './acceptor.ts';
import { lookupOf } from './identity-store.ts';
import { quarantineRow } from './quarantine.ts';

let store: TestStore;
let other: Store;
beforeAll(async () => {
  store = await testStore();
  other = await openStore(store.url, { keys: store.keys });
});
afterAll(async () => {
  await other.close();
  await store.close();
});

let count = 0;
function event(contact: Contact, fields: Partial<CanonicalEvent> = {}): CanonicalEvent {
  const id = fields.id ?? `id-${++count}`;
  return {
    name: 'signup',
    id,
    dedupeKey: id,
    time: '2026-03-27T10:00:00.000Z',
    received: '2026-03-27T10:00:01.000Z',
    source: 'api',
    data: {},
    contact,
    ...fields,
  };
}

async function personOf(kind: string, value: string): Promise<string | undefined> {
  const row = await store.db
    .selectFrom('identifiers')
    .select('person')
    .where('kind', '=', kind)
    .where('value', '=', lookupOf(store.db)(kind, value))
    .executeTakeFirst();
  return row?.person;
}

async function wakeOf(person: string) {
  const row = await store.db.selectFrom('persons').selectAll().where('id', '=', person).executeTakeFirstOrThrow();
  return { wake: Number(row.wake), ready: row.ready_at !== null };
}

test('what a person was first known by is remembered, whatever they are known by later', async () => {
  const firstOf = async (kind: string, value: string) => {
    const person = (await personOf(kind, value))!;
    const row = await store.db.selectFrom('persons').selectAll().where('id', '=', person).executeTakeFirstOrThrow();
    return row.first_identifier;
  };
  await acceptEvents(store, [event({ email: ' First@Example.com', external_id: 'x-1' })]);
  await acceptEvents(store, [event({ mapp_id: '77', email: 'first@example.com' })]);
  expect(await firstOf('mapp_id', '77')).toBe('first@example.com');
  await acceptEvents(store, [event({ email: 'both@example.com', mapp_id: '78' })]);
  expect(await firstOf('email', 'both@example.com')).toBe('78');
});

test('a new contact becomes a ready person with the address as given and as looked up', async () => {
  const given = event({ email: ' Ada@Example.com', mobile: '+49 170 1234567' });
  expect(await acceptEvents(store, [given])).toEqual({
    outcomes: ['accepted'],
    conflicts: [0],
    kept: [],
    toRoute: true,
  });
  const person = await personOf('email', 'ada@example.com');
  expect(person).toBe(await personOf('mobile', '+491701234567'));
  expect(await wakeOf(person!)).toEqual({ wake: 1, ready: true });
  const [row] = (await inboxOf(store)).filter((one) => one.person === person);
  expect(row).toMatchObject({ state: 'new', name: 'signup', source: 'api', event: given });
});

test('a duplicate changes nothing, inside one request and later', async () => {
  const first = event({ email: 'dup@example.com' });
  expect((await acceptEvents(store, [first, first])).outcomes).toEqual(['accepted', 'duplicate']);
  const person = (await personOf('email', 'dup@example.com'))!;
  const again = { ...first, contact: { email: 'dup@example.com', external_id: 'never-seen' } };
  expect((await acceptEvents(store, [again])).outcomes).toEqual(['duplicate']);
  expect(await wakeOf(person)).toEqual({ wake: 1, ready: true });
  expect(await personOf('external_id', 'never-seen')).toBeUndefined();
});

test('the same key of another source is another event', async () => {
  const one = event({ email: 'two-sources@example.com' }, { id: 'same' });
  expect((await acceptEvents(store, [one, { ...one, source: 'flows' }])).outcomes).toEqual(['accepted', 'accepted']);
});

test('the strongest known identifier decides; one of somebody else stays there and is noted', async () => {
  await acceptEvents(store, [event({ email: 'a@example.com' }), event({ external_id: 'B-1' })]);
  const a = await personOf('email', 'a@example.com');
  const b = await personOf('external_id', 'B-1');
  const mixed = event({ external_id: 'B-1', email: 'a@example.com', mobile: '+4915112345' }, { name: 'mixed' });
  expect((await acceptEvents(store, [mixed])).conflicts).toEqual([1]);
  expect(await personOf('external_id', 'B-1')).toBe(b);
  expect(await personOf('mobile', '+4915112345')).toBe(a);
  const [row] = (await inboxOf(store)).filter((one) => one.name === 'mixed');
  expect(row!.person).toBe(a);
  expect(row!.event.notes).toEqual([
    { pointer: '/contact/external_id', detail: 'belongs to another person, who keeps it' },
  ]);
});

test('a known weak identifier brings a new strong one to its person', async () => {
  await acceptEvents(store, [event({ external_id: 'C-1' })]);
  await acceptEvents(store, [event({ external_id: 'C-1', email: 'c@example.com' })]);
  expect(await personOf('email', 'c@example.com')).toBe(await personOf('external_id', 'C-1'));
});

test('events of a merged person go to who remains', async () => {
  await acceptEvents(store, [event({ email: 'gone@example.com' }), event({ email: 'stays@example.com' })]);
  const gone = (await personOf('email', 'gone@example.com'))!;
  const stays = (await personOf('email', 'stays@example.com'))!;
  await store.db.updateTable('persons').set({ merged_into: stays }).where('id', '=', gone).execute();
  await acceptEvents(store, [event({ email: 'gone@example.com' }, { name: 'after_merge' })]);
  expect((await inboxOf(store)).find((row) => row.name === 'after_merge')!.person).toBe(stays);
});

test('a purchase says whether it is the first, where it does not know itself; test traffic is none', async () => {
  const bought = (fields: Partial<CanonicalEvent> = {}) =>
    event({ email: 'buyer@example.com' }, { name: 'purchase', ...fields });
  await acceptEvents(store, [bought({ development: true }), bought(), bought()]);
  await acceptEvents(store, [bought(), bought({ data: { first: true } }), bought({ data: { first: 'so it seems' } })]);
  const person = await personOf('email', 'buyer@example.com');
  const rows = (await inboxOf(store)).filter((row) => row.person === person);
  expect(rows.map((row) => row.event.data.first)).toEqual([true, true, false, false, true, false]);
});

test('a purchase is not the first where somebody merged into the contact bought before', async () => {
  await acceptEvents(store, [event({ email: 'bought@example.com' }, { name: 'purchase' })]);
  await acceptEvents(store, [event({ email: 'keeps@example.com' })]);
  const gone = (await personOf('email', 'bought@example.com'))!;
  const stays = (await personOf('email', 'keeps@example.com'))!;
  await store.db.updateTable('persons').set({ merged_into: stays }).where('id', '=', gone).execute();
  await acceptEvents(store, [event({ email: 'keeps@example.com' }, { name: 'purchase' })]);
  const [row] = (await inboxOf(store)).filter((one) => one.person === stays && one.name === 'purchase');
  expect(row!.event.data.first).toBe(false);
});

test('what a producer says of a group of the catalogue is so; the newest word stands', async () => {
  const said = (name: string, group: string, time: string) =>
    event({ email: 'member@example.com' }, { name, time, data: { group } });
  const beside = { feedback: null, syncs: null, groups: { vips: '10146', customers: '10144' } };
  const groupsOf = async () => {
    const person = (await personOf('email', 'member@example.com'))!;
    const rows = await store.db.selectFrom('memberships').selectAll().where('person', '=', person).execute();
    return Object.fromEntries(rows.map(({ group_id, member }) => [group_id, member]));
  };
  const first = [
    said('group_joined', 'vips', '2026-03-27T10:00:00.000Z'),
    said('group_joined', 'strangers', '2026-03-27T10:00:00.000Z'),
    said('group_left', 'customers', '2026-03-27T10:00:00.000Z'),
  ];
  await acceptEvents(store, first, [], beside);
  expect(await groupsOf()).toEqual({ 10144: false, 10146: true });
  const later = [
    said('group_left', 'vips', '2026-03-27T09:00:00.000Z'),
    said('group_joined', 'customers', '2026-03-27T11:00:00.000Z'),
  ];
  await acceptEvents(store, later, [], beside);
  expect(await groupsOf()).toEqual({ 10144: true, 10146: true });
});

test('inbox ids follow the order given', async () => {
  const many = Array.from({ length: 1000 }, (_, n) =>
    event({ email: `many${n % 50}@example.com` }, { name: 'many', data: { n } }),
  );
  const { outcomes } = await acceptEvents(store, many);
  expect(outcomes.every((outcome) => outcome === 'accepted')).toBe(true);
  const rows = (await inboxOf(store)).filter((row) => row.name === 'many');
  expect(rows.map((row) => row.event.data.n)).toEqual(many.map((_, n) => n));
});

test('two processes that bring the same new people at once make each of them once', async () => {
  for (let round = 0; round < 10; round++) {
    const contacts = Array.from({ length: 40 }, (_, n) => ({
      email: `p${round}-${n}@example.com`,
      external_id: `x${round}-${n}`,
    }));
    const forward = contacts.map((contact) => event(contact, { source: 'one' }));
    const backward = contacts.toReversed().map((contact) => event(contact, { source: 'two' }));
    const both = await Promise.all([
      acceptEvents(store, forward),
      acceptEvents(other, backward),
      acceptEvents(other, forward),
      ...contacts.map((contact) => acceptEvents(round % 2 ? store : other, [event(contact, { source: 'three' })])),
    ]);
    const accepted = both.flatMap((one) => one.outcomes).filter((outcome) => outcome === 'accepted');
    expect(accepted).toHaveLength(3 * contacts.length);
    for (const { email, external_id } of contacts) {
      const person = await personOf('email', email);
      expect(await personOf('external_id', external_id)).toBe(person);
      const rows = await store.db.selectFrom('inbox').select('id').where('person', '=', person!).execute();
      expect(rows).toHaveLength(3);
    }
  }
  const orphans = await store.db
    .selectFrom('persons')
    .leftJoin('identifiers', 'identifiers.person', 'persons.id')
    .where('identifiers.person', 'is', null)
    .select('persons.id')
    .execute();
  expect(orphans).toEqual([]);
});

test('crossing keys of two processes deadlock at most inside the store', async () => {
  const left = [event({ email: 'l1@example.com' }, { id: 'k1' }), event({ email: 'l2@example.com' }, { id: 'k2' })];
  const right = [event({ email: 'r1@example.com' }, { id: 'k2' }), event({ email: 'r2@example.com' }, { id: 'k1' })];
  const all = await Promise.all([acceptEvents(store, left), acceptEvents(other, right)]);
  expect(all.flatMap((one) => one.outcomes).toSorted()).toEqual(['accepted', 'accepted', 'duplicate', 'duplicate']);
});

test('requests that wait share a transaction, and a broken one harms no other', async () => {
  const { accept } = createAcceptor(store);
  const good = Array.from({ length: 20 }, (_, n) => event({ email: `group${n}@example.com` }));
  const poison = { ...event({ email: 'poison@example.com' }), time: 'not a time' };
  const results = await Promise.allSettled(
    [...good.slice(0, 10), poison, ...good.slice(10)].map((one) => accept([one], [])),
  );
  expect(results.map((result) => result.status === 'fulfilled')).toEqual([
    ...Array(10).fill(true),
    false,
    ...Array(10).fill(true),
  ]);
  expect(await personOf('email', 'poison@example.com')).toBeUndefined();
});

test('quarantine is written with the events', async () => {
  const row = quarantineRow(createSealer([]), {
    source: 'mparticle',
    reason: 'unaddressable',
    body: '{"a":"\\u0000"}',
  });
  await acceptEvents(store, [], [row]);
  // What a producer repeats is kept once.
  await acceptEvents(store, [], [row, row]);
  const rows = await store.db.selectFrom('quarantine').selectAll().execute();
  expect(rows).toMatchObject([{ source: 'mparticle', reason: 'unaddressable', body: '{"a":"\\u0000"}' }]);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { again, decideOnce, entries, plan, verdicts } from '../../test/support/router/fixtures.ts';
import { type TestStore, testStore } from '../../test/support/store.ts';
import type { CanonicalEvent, Contact } from '../plan/event.ts';
import { publish } from '../router/publish.ts';
import { lookupForm } from '../store/crypto/vault.ts';
import { dedupeForm } from '../store/inbox.ts';
import { acceptEvents } from './accept.ts';

let store: TestStore;
beforeEach(async () => {
  store = await testStore();
});
afterEach(() => store.close());

let count = 0;
function event(contact: Contact, fields: Partial<CanonicalEvent> = {}): CanonicalEvent {
  count += 1;
  const time = new Date().toISOString();
  const id = `id-${count}`;
  return { name: 'signup', id, dedupeKey: id, time, received: time, source: 'mp', data: {}, contact, ...fields };
}
const moved = (from: Contact, to: Contact, fields: Partial<CanonicalEvent> = {}) =>
  event(to, { name: 'identity_changed', identityChange: { from, to }, ...fields });

/** Accepts one event; answers its person. */
async function accept(one: CanonicalEvent): Promise<string> {
  expect((await acceptEvents(store, [one])).outcomes).toEqual(['accepted']);
  const row = await store.db
    .selectFrom('inbox')
    .select('person')
    .where('dedupe_key', '=', dedupeForm(store.db, one))
    .executeTakeFirstOrThrow();
  return row.person;
}
const identifiers = async () => {
  const rows = store.db.selectFrom('identifiers').select(['kind', 'display as value', 'person', 'former']);
  const found = (await rows.execute()).map((row) => ({ ...row, value: row.value.toLowerCase() }));
  return found.sort((a, b) => (a.value < b.value ? -1 : 1));
};
const told = () =>
  store.db.selectFrom('identity_notes').select(['person', 'what', 'kind', 'other', 'event']).orderBy('id').execute();
const notesOf = async (one: CanonicalEvent) => {
  const row = await store.db
    .selectFrom('inbox')
    .select('event')
    .where('dedupe_key', '=', dedupeForm(store.db, one))
    .executeTakeFirstOrThrow();
  return row.event.notes;
};

test('a replaced address is the only one from then on; what still comes under the old one is about the same person', async () => {
  const ada = await accept(event({ email: 'ada@old.example', external_id: '7' }));
  const change = moved({ email: 'ada@old.example' }, { email: 'Ada@New.example' });
  expect(await accept(change)).toBe(ada);
  expect(await identifiers()).toEqual([
    { kind: 'external_id', value: '7', person: ada, former: false },
    { kind: 'email', value: 'ada@new.example', person: ada, former: false },
    { kind: 'email', value: 'ada@old.example', person: ada, former: true },
  ]);
  expect(await told()).toEqual([{ person: ada, what: 'changed', kind: 'email', other: null, event: change.id }]);
  const late = event({ email: 'ada@old.example' });
  expect(await accept(late)).toBe(ada);
  expect(await notesOf(late)).toEqual([
    { pointer: '/contact/email', detail: 'was replaced for this person: nothing is sent to it' },
  ]);
  expect(await accept(event({ email: 'ada@new.example' }))).toBe(ada);
});

test('the same change told again changes nothing; a change back does', async () => {
  const ada = await accept(event({ email: 'a@x.example' }));
  await accept(moved({ email: 'a@x.example' }, { email: 'b@x.example' }));
  expect(await accept(moved({ email: 'a@x.example' }, { email: 'b@x.example' }))).toBe(ada);
  expect(await told()).toHaveLength(1);
  expect(await accept(moved({ email: 'b@x.example' }, { email: 'a@x.example' }))).toBe(ada);
  expect((await identifiers()).map(({ value, former }) => [value, former])).toEqual([
    ['a@x.example', false],
    ['b@x.example', true],
  ]);
});

test('an identifier is added, or taken away, without a replacement', async () => {
  const ada = await accept(event({ email: 'a@x.example', mobile: '+491701234567' }));
  expect(await accept(moved({}, { external_id: '9' }, { contact: { email: 'a@x.example', external_id: '9' } }))).toBe(
    ada,
  );
  expect(await accept(moved({ mobile: '+491701234567' }, {}, { contact: { email: 'a@x.example' } }))).toBe(ada);
  expect((await identifiers()).map(({ kind, former }) => [kind, former])).toEqual([
    ['mobile', true],
    ['external_id', false],
    ['email', false],
  ]);
  expect((await told()).map(({ what, kind }) => [what, kind])).toEqual([['removed', 'mobile']]);
});

test('somebody new who names a former address among others has it', async () => {
  const ada = await accept(event({ email: 'a@x.example', external_id: '7' }));
  await accept(moved({ email: 'a@x.example' }, { email: 'b@x.example' }));
  const ben = await accept(event({ email: 'a@x.example', external_id: '8' }));
  expect(ben).not.toBe(ada);
  expect(await accept(event({ email: 'a@x.example' }))).toBe(ben);
});

test('an address of somebody who contradicts stays theirs, and operators see it; nothing goes to the old one either', async () => {
  const ada = await accept(event({ email: 'a@x.example', external_id: '7' }));
  const ben = await accept(event({ email: 'b@x.example', external_id: '8' }));
  const change = moved({ email: 'a@x.example' }, { email: 'b@x.example' });
  const { conflicts } = await acceptEvents(store, [change]);
  expect(conflicts).toEqual([1]);
  expect(await notesOf(change)).toEqual([
    { pointer: '/contact/email', detail: 'belongs to another person, who keeps it' },
  ]);
  expect(await told()).toEqual([
    { person: ada, what: 'changed', kind: 'email', other: null, event: change.id },
    { person: ada, what: 'conflict', kind: 'email', other: ben, event: change.id },
  ]);
  expect((await identifiers()).filter(({ kind }) => kind === 'email')).toEqual([
    { kind: 'email', value: 'a@x.example', person: ada, former: true },
    { kind: 'email', value: 'b@x.example', person: ben, former: false },
  ]);
});

test('a plain event never merges: the conflict is told once, however often it comes', async () => {
  const ada = await accept(event({ email: 'a@x.example' }));
  const ben = await accept(event({ external_id: '8' }));
  const first = event({ email: 'a@x.example', external_id: '8' });
  expect(await accept(first)).toBe(ada);
  expect(await accept(event({ email: 'a@x.example', external_id: '8' }))).toBe(ada);
  expect(await told()).toEqual([{ person: ada, what: 'conflict', kind: 'external_id', other: ben, event: first.id }]);
});

test('a change to the address of somebody known by nothing else makes them one person, with both profiles', async () => {
  const ada = await accept(event({ email: 'a@x.example', external_id: '7' }));
  const anonymous = await accept(event({ email: 'b@x.example' }));
  const attribute = (value: string, at: string) => ({ value, at, by: 'shop' });
  const profile = async (id: string, attributes: object, timezone: string | null) =>
    store.db
      .updateTable('persons')
      .set({ attributes: JSON.stringify(attributes), timezone })
      .where('id', '=', id)
      .execute();
  await profile(ada, { Tier: attribute('gold', '2026-01-01'), City: attribute('Bonn', '2026-03-01') }, null);
  await profile(
    anonymous,
    { City: attribute('Ulm', '2026-02-01'), Tier: attribute('none', '2026-02-01') },
    'Asia/Tokyo',
  );
  await store.db
    .insertInto('memberships')
    .values({ person: anonymous, group_id: '12', member: true, at: '2026-02-01' })
    .execute();
  const change = moved({ email: 'a@x.example' }, { email: 'b@x.example' });
  expect(await accept(change)).toBe(ada);
  expect((await told()).at(-1)).toEqual({
    person: ada,
    what: 'merged',
    kind: 'email',
    other: anonymous,
    event: change.id,
  });
  const row = await store.db.selectFrom('persons').selectAll().where('id', '=', ada).executeTakeFirstOrThrow();
  expect(row).toMatchObject({
    timezone: 'Asia/Tokyo',
    attributes: { Tier: { value: 'none' }, City: { value: 'Bonn' } },
  });
  expect(await store.db.selectFrom('memberships').select('member').where('person', '=', ada).execute()).toEqual([
    { member: true },
  ]);
  expect(await accept(event({ email: 'b@x.example' }))).toBe(ada);
  const undecided = await store.db.selectFrom('inbox').select('person').where('state', '=', 'new').execute();
  expect(new Set(undecided.map(({ person }) => person))).toEqual(new Set([ada]));
});

test('runs stay whose they were: the one who remains is inside both, hears for both, and `once` remembers both', async () => {
  const flows = [
    plan({ flow: 'twice', listens: ['bought'] }),
    plan({ flow: 'welcome', reentry: { mode: 'once' }, on: [{ event: 'joined', where: null, match: [] }] }),
  ];
  await publish(store, flows);
  const ada = await accept(event({ email: 'a@x.example', external_id: '7' }));
  await again(store, await decideOnce(store));
  await store.db.updateTable('persons').set({ ready_at: null }).execute();
  const anonymous = await accept(event({ email: 'b@x.example' }));
  const { lease } = await decideOnce(store);
  expect(lease.person).toBe(anonymous);
  await store.db.updateTable('persons').set({ owner: null, lease_until: null, ready_at: null }).execute();
  await accept(event({ email: 'b@x.example' }, { name: 'joined' }));
  await again(store, await decideOnce(store));
  await store.db.updateTable('persons').set({ ready_at: null }).execute();

  await accept(moved({ email: 'a@x.example' }, { email: 'b@x.example' }));
  const joined = event({ email: 'b@x.example' }, { name: 'joined' });
  const bought = event({ external_id: '7' }, { name: 'bought' });
  await acceptEvents(store, [joined, bought]);
  const { lease: after } = await decideOnce(store);
  expect(after.person).toBe(ada);
  const inboxOf = async (one: CanonicalEvent) => {
    const key = dedupeForm(store.db, one);
    return (await store.db.selectFrom('inbox').select('id').where('dedupe_key', '=', key).executeTakeFirstOrThrow()).id;
  };
  expect(await verdicts(store, await inboxOf(joined))).toBe('welcome once');
  expect(await verdicts(store, await inboxOf(bought))).toBe('twice notified, twice notified');
  expect(new Set((await entries(store, 'twice')).map(({ person }) => person))).toEqual(new Set([ada, anonymous]));
  const notices = await store.db.selectFrom('notices').select(['person', 'kind']).where('kind', '=', 'event').execute();
  expect(notices).toEqual([
    { person: ada, kind: 'event' },
    { person: ada, kind: 'event' },
  ]);
});

test('hashed identities and ids of a producer are aliases: kept, never an address, and they find who changes', async () => {
  const aliases = [
    { type: 'mpid', value: '900719925474099123' },
    { type: 'email_sha256', value: 'abc' },
  ];
  const ada = await accept(event({ email: 'a@x.example' }, { aliases }));
  expect(await accept(moved({}, { external_id: '9' }, { contact: {}, aliases }))).toBe(ada);
  const other = await accept(event({ email: 'b@x.example' }, { aliases }));
  expect(other).not.toBe(ada);
  expect((await identifiers()).filter(({ kind }) => kind.startsWith('alias:')).map(({ kind }) => kind)).toEqual([
    'alias:mpid',
    'alias:email_sha256',
  ]);
  expect(await told()).toEqual([]);
});

test('changes within one request hold for what comes after them', async () => {
  const list = [
    event({ email: 'a@x.example' }),
    moved({ email: 'a@x.example' }, { email: 'b@x.example' }),
    event({ email: 'b@x.example' }),
  ];
  await acceptEvents(store, list);
  const persons = await store.db.selectFrom('inbox').select('person').execute();
  expect(new Set(persons.map(({ person }) => person)).size).toBe(1);
  expect(await store.db.selectFrom('persons').select('id').execute()).toHaveLength(1);
});

test("Mapp's id of a contact goes with the address: a message by it would go to the old one", async () => {
  const ada = await accept(event({ email: 'a@x.example', external_id: '7' }));
  await store.db
    .insertInto('identifiers')
    .values({ kind: 'mapp_id', value: lookupForm(store.db, 'mapp_id', '123'), display: '123', person: ada })
    .execute();
  await accept(
    moved({ external_id: '7' }, { external_id: '8' }, { contact: { email: 'a@x.example', external_id: '8' } }),
  );
  const current = async () =>
    (await identifiers()).filter(({ former }) => !former).map(({ kind, value }) => `${kind} ${value}`);
  expect(await current()).toContain('mapp_id 123');
  await accept(moved({ email: 'a@x.example' }, {}, { contact: { external_id: '8' } }));
  expect(await current()).toEqual(['external_id 8']);
  expect((await told()).map(({ what, kind }) => `${what} ${kind}`)).toContain('removed mapp_id');
  // what Mapp tells of that contact is about the same person
  expect(await accept(event({ mapp_id: '123' }))).toBe(ada);
});

test('two changes hold by the time at which they happened, in whatever order they arrive', async () => {
  const at = (minute: number) => ({ time: `2026-05-01T10:0${minute}:00.000Z` });
  const current = async () =>
    (await identifiers()).filter(({ kind, former }) => kind === 'email' && !former).map(({ value }) => value);
  const ada = await accept(event({ email: 'a@x.example', external_id: '7' }, at(0)));
  const rest = { external_id: '7' };
  const second = moved(
    { email: 'b@x.example' },
    { email: 'c@x.example' },
    { contact: { email: 'c@x.example', ...rest }, ...at(2) },
  );
  const first = moved(
    { email: 'a@x.example' },
    { email: 'b@x.example' },
    { contact: { email: 'b@x.example', ...rest }, ...at(1) },
  );
  expect(await accept(second)).toBe(ada);
  expect(await accept(first)).toBe(ada);
  expect(await current()).toEqual(['c@x.example']);
  expect(await notesOf(first)).toEqual([{ pointer: '/contact/email', detail: 'a later change of it came before' }]);
  // each was theirs once
  for (const email of ['a@x.example', 'b@x.example']) expect(await accept(event({ email }))).toBe(ada);
  // taken away later than a change that comes after it
  await accept(moved({ email: 'c@x.example' }, {}, { contact: rest, ...at(5) }));
  await accept(
    moved({ email: 'b@x.example' }, { email: 'd@x.example' }, { contact: { email: 'd@x.example', ...rest }, ...at(4) }),
  );
  expect(await current()).toEqual([]);
});

test('of two changes that arrive turned round, the later one of somebody yet unknown, both are of one person', async () => {
  const at = (minute: number) => ({ time: `2026-05-01T10:0${minute}:00.000Z` });
  const ada = await accept(event({ email: 'a@x.example' }, at(0)));
  await accept(moved({ email: 'b@x.example' }, { email: 'c@x.example' }, at(2)));
  expect(await accept(moved({ email: 'a@x.example' }, { email: 'b@x.example' }, at(1)))).toBe(ada);
  for (const email of ['a@x.example', 'b@x.example', 'c@x.example']) expect(await accept(event({ email }))).toBe(ada);
  expect((await identifiers()).filter(({ former }) => !former).map(({ value }) => value)).toEqual(['c@x.example']);
});

test('a merge leaves the new address alone, also where the other person had several', async () => {
  const ada = await accept(event({ email: 'a@x.example', external_id: '7' }));
  const other = await accept(event({ email: 'b@x.example', mobile: '+491701234567' }));
  expect(await accept(event({ email: 'b2@x.example', mobile: '+491701234567' }))).toBe(other);
  expect(await accept(moved({ email: 'a@x.example' }, { email: 'b@x.example' }))).toBe(ada);
  const emails = (await identifiers()).filter(({ kind }) => kind === 'email');
  expect(emails.map(({ value, person, former }) => [value, person, former])).toEqual([
    ['a@x.example', ada, true],
    ['b2@x.example', ada, true],
    ['b@x.example', ada, false],
  ]);
});

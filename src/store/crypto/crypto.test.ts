import { randomBytes, randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestStore, testStore } from '../../../test/support/store.ts';
import { acceptEvents } from '../../ingest/accept.ts';
import { personsOf } from '../../operate/contact.ts';
import { searchStore } from '../../operate/erase-proof.ts';
import type { CanonicalEvent, Contact } from '../../plan/event.ts';
import { createSealer } from '../../system/seal.ts';
import { openStore, type Store } from '../store.ts';
import { encryptionKeys } from './keys-from-env.ts';
import { rewrap } from './rewrap.ts';
import { dayForm, sealValues } from './seal-values.ts';
import { vaultOf } from './vault.ts';

let plain: TestStore;
const opened: Store[] = [];
beforeEach(async () => {
  plain = await testStore();
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await plain.close();
});
async function withKeys(...keys: Buffer[]): Promise<Store> {
  const store = await openStore(plain.url, { keys });
  opened.push(store);
  return store;
}
const close = async (store: Store) => {
  opened.splice(opened.indexOf(store), 1);
  await store.close();
};

let count = 0;
function event(contact: Contact, more: Partial<CanonicalEvent> = {}): CanonicalEvent {
  count += 1;
  const id = `id-${count}`;
  const time = '2026-03-27T10:00:00.000Z';
  return { name: 'signup', id, dedupeKey: id, time, received: time, source: 'api', data: {}, contact, ...more };
}
const ada = { email: 'Ada@Example.com', mobile: '+49 170 1234567' };
const email = { kind: 'email', value: 'ada@example.com' } as const;
const [one, two] = [randomBytes(32), randomBytes(32)];
const inbox = (store: Store) => store.db.selectFrom('inbox').select('event').orderBy('id').execute();

test('what personal events hold is sealed per person, and read as it was; what SQL counts by stays', async () => {
  const store = await withKeys(one);
  const told = event(ada, {
    name: 'audience_entered',
    data: { audience: 'vips', since: 'May' },
    aliases: [{ type: 'mpid', value: '12345678901234567' }],
    profile: { set: { City: 'Bonn' }, unset: [] },
    timezone: 'Europe/Berlin',
  });
  await acceptEvents(store, [told]);
  expect((await inbox(store))[0]!.event).toEqual(told);
  const { rows } = await store.pool.query('select event from inbox');
  const raw = JSON.stringify(rows);
  for (const secret of ['Ada', 'May', 'Bonn', '1234567', 'Berlin']) expect(raw).not.toContain(secret);
  expect(rows[0].event.data).toMatchObject({ audience: 'vips', sealed: expect.stringMatching(/^sealed:p:/) });
  expect(await personsOf(store, email)).toHaveLength(1);
  expect((await searchStore(store, email)).found).toEqual({ identifiers: 1 });
  const person = await store.db.selectFrom('persons').select('first_identifier').executeTakeFirstOrThrow();
  expect(person.first_identifier).toBe('ada@example.com');
  const again = await acceptEvents(store, [event({ mobile: '00491701234567' })]);
  expect(again.outcomes).toEqual(['accepted']);
  expect(await store.db.selectFrom('persons').select('id').execute()).toHaveLength(1);
});

test('a text that only looks sealed comes back as it was', async () => {
  const store = await withKeys(one);
  const { id } = await (async () => {
    await acceptEvents(store, [event(ada)]);
    return store.db.selectFrom('persons').select('id').executeTakeFirstOrThrow();
  })();
  const data = { a: `sealed:p:${id}:AAAA`, b: { sealed: `sealed:p:${id}:AAAABBBB` }, c: 'sealed:p:' };
  await acceptEvents(store, [event(ada, { data })]);
  expect((await inbox(store))[1]!.event.data).toEqual(data);
  await sql`update inbox set event = jsonb_set(event, '{data}', ${JSON.stringify(data)}::jsonb) where name = 'signup'`.execute(
    store.db,
  );
  expect((await inbox(store))[1]!.event.data).toEqual(data);
});

test('a stable seal is the same for the same text of the same person, and opens as any other', async () => {
  const store = await withKeys(one);
  const vault = vaultOf(store.db)!;
  const [a, b] = [randomUUID(), randomUUID()];
  await store.db.transaction().execute((trx) => vault.keys.create(trx, [a, b]));
  const values = ['Bonn', 'Bonn', 'Cologne', true, false, 0, null, { street: 'x', no: 1 }, ['x'], '1990-03-27'];
  const ofA = await sealValues(
    vault,
    values.map((value) => ({ person: a, value })),
  );
  expect(ofA[0]).toEqual({ sealed: expect.stringMatching(`^sealed:p:${a}:`) });
  expect(ofA[1]).toEqual(ofA[0]);
  expect(new Set(ofA.map((value) => JSON.stringify(value))).size).toBe(values.length - 1);
  expect(JSON.stringify(ofA[3]).length).toBe(JSON.stringify(ofA[4]).length);
  expect(await sealValues(vault, [{ person: b, value: 'Bonn' }])).not.toEqual([ofA[0]]);
  expect(await vault.open(ofA)).toEqual(values);
  expect(await sealValues(vault, [{ person: a, value: { no: 1, street: 'x' } }])).toEqual([ofA[7]]);
  expect(ofA.at(-1)).toEqual({ sealed: expect.anything(), day: dayForm(vault, '03-27') });
  expect(await vault.sealStable([{ person: a, text: 'x' }])).toEqual(
    await vault.sealStable([{ person: a, text: 'x' }]),
  );
  expect(await sealValues(null, [{ person: a, value: 'Bonn' }])).toEqual(['Bonn']);
});

test('a plain store is encrypted by the first process that comes with a key', async () => {
  await acceptEvents(plain, [event(ada), event({ external_id: 'lookup:1' })]);
  const [person] = await personsOf(plain, email);
  const store = await withKeys(one);
  expect(await personsOf(store, email)).toEqual([person]);
  expect(await personsOf(store, { kind: 'external_id', value: 'lookup:1' })).toHaveLength(1);
  const { rows } = await store.pool.query('select value, display from identifiers');
  expect(JSON.stringify(rows).toLowerCase()).not.toContain('ada');
  await acceptEvents(store, [event({ email: 'ada@example.com' })]);
  expect(await store.db.selectFrom('persons').select('id').execute()).toHaveLength(2);
  const shown = await store.db.selectFrom('identifiers').select('display').where('kind', '=', 'email').execute();
  expect(shown).toEqual([{ display: 'Ada@Example.com' }]);
});

test('a start without the key, or with another, says so in one sentence', async () => {
  await withKeys(one);
  await expect(openStore(plain.url)).rejects.toThrow(
    'the store is encrypted and FLOWS_ENCRYPTION_KEY is not set: set it to the key that the store was encrypted with.',
  );
  await expect(openStore(plain.url, { keys: [two] })).rejects.toThrow(
    'FLOWS_ENCRYPTION_KEY is not the key that this store is encrypted with: set that one, and where the key was changed, name the old one in FLOWS_ENCRYPTION_OLD_KEYS.',
  );
  await expect(openStore(plain.url, { keys: [two, randomBytes(32)] })).rejects.toThrow(
    'neither FLOWS_ENCRYPTION_KEY nor any of FLOWS_ENCRYPTION_OLD_KEYS is the key',
  );
});

test('keys rotate: the old one opens beside the new one, and is not needed any more once everything is under the new one', async () => {
  const before = await withKeys(one);
  await acceptEvents(before, [event(ada, { data: { city: 'Bonn' } })]);
  const sealed = createSealer([one]).seal('{"broken":1}');
  await before.db.insertInto('quarantine').values({ source: 'api', reason: 'x', body: sealed }).execute();
  await close(before);

  const both = await withKeys(two, one);
  expect((await inbox(both))[0]!.event.data).toEqual({ city: 'Bonn' });
  await acceptEvents(both, [event({ email: 'ben@example.com' })]);
  expect(await rewrap(both, createSealer([two, one]), createSealer([two]))).toEqual({ keys: 2, bodies: 1 });
  expect(await rewrap(both, createSealer([two, one]), createSealer([two]))).toEqual({ keys: 0, bodies: 0 });
  await close(both);

  const after = await withKeys(two);
  expect((await inbox(after))[0]!.event).toMatchObject({ data: { city: 'Bonn' }, contact: ada });
  expect(await personsOf(after, email)).toHaveLength(1);
  const row = await after.db.selectFrom('quarantine').select('body').executeTakeFirstOrThrow();
  expect(createSealer([two]).open(row.body!)).toBe('{"broken":1}');
});

test('keys of the environment: one in use, old ones behind it; every mistake by its name, never the value', () => {
  const text = (key: Buffer) => key.toString('base64');
  const read = encryptionKeys({
    FLOWS_ENCRYPTION_KEY: text(one),
    FLOWS_ENCRYPTION_OLD_KEYS: `${text(two)}, ${text(one)}`,
  });
  expect(read).toEqual({ keys: [one, two], problems: [] });
  expect(encryptionKeys({})).toEqual({ keys: [], problems: [] });
  expect(
    encryptionKeys({ FLOWS_ENCRYPTION_KEY: 'short', FLOWS_ENCRYPTION_OLD_KEYS: `${text(two)},bad` }).problems,
  ).toEqual([
    'FLOWS_ENCRYPTION_KEY is not the base64 of 32 bytes (openssl rand -base64 32 makes one)',
    'key 2 of FLOWS_ENCRYPTION_OLD_KEYS is not the base64 of 32 bytes (openssl rand -base64 32 makes one)',
  ]);
  expect(encryptionKeys({ FLOWS_ENCRYPTION_OLD_KEYS: text(two) }).problems).toEqual([
    'FLOWS_ENCRYPTION_KEY is not set, while FLOWS_ENCRYPTION_OLD_KEYS is',
  ]);
});

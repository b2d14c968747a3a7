import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { arrive, claimOne, decideOnce, plan } from '../../test/support/router/fixtures.ts';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { acceptEvents } from '../ingest/accept.ts';
import { personsOf } from '../operate/contact.ts';
import { searchStore } from '../operate/erase-proof.ts';
import type { CanonicalEvent, Contact } from '../plan/event.ts';
import { publish } from '../router/publish.ts';
import { createSealer } from '../system/seal.ts';
import { clearStore, PERSONAL_TABLES, PersonBusy, requestErasure } from './erasures.ts';

let store: TestStore;
beforeEach(async () => {
  store = await testStore();
});
afterEach(() => store.close());
const sealer = createSealer([]);

function event(contact: Contact, more: Partial<CanonicalEvent> = {}): CanonicalEvent {
  const id = randomUUID();
  const time = new Date().toISOString();
  return { name: 'signup', id, dedupeKey: id, time, received: time, source: 'api', data: {}, contact, ...more };
}
const email = { kind: 'email', value: 'ada@example.com' } as const;
const request = async () => (await requestErasure(store.db, await personsOf(store, email), 'cli'))!;
const stateOf = (id: string) =>
  store.db.selectFrom('erasures').select(['state', 'runs', 'removed']).where('id', '=', id).executeTakeFirstOrThrow();

test('every table with something of a person is known to the erasure', async () => {
  const { rows } = await sql<{ table: string; column: string }>`
    select table_name as table, column_name as column from information_schema.columns
    where table_schema = current_schema() and column_name in ('person', 'entry', 'persons')`.execute(store.db);
  const cleared = new Set(PERSONAL_TABLES.map(({ table }) => table as string));
  const kept = ['erased', 'erasures'];
  expect(rows.map(({ table }) => table).filter((table) => !cleared.has(table) && !kept.includes(table))).toEqual([]);
  const { rows: references } = await sql<{ table: string }>`
    select conrelid::regclass::text as table from pg_constraint
    where contype = 'f' and confrelid::regclass::text in ('persons', 'entries', 'inbox')`.execute(store.db);
  expect(references.map(({ table }) => table).filter((table) => !cleared.has(table))).toEqual([]);
});

test('everything goes in one transaction, with whoever was merged and what lies in quarantine; others stay', async () => {
  await publish(store, [plan()]);
  await acceptEvents(store, [event({ email: 'ada@example.com' }, { data: { note: 'ada@example.com' } })]);
  const [ada] = await personsOf(store, email);
  await decideOnce(store);
  await sql`update persons set owner = null, lease_until = null, ready_at = null`.execute(store.db);
  const merged = randomUUID();
  await store.db.insertInto('persons').values({ id: merged, merged_into: ada! }).execute();
  await arrive(store, merged, 'bought');
  await acceptEvents(store, [event({ email: 'ben@example.com' })]);
  for (const body of ['{"email":"ADA@example.com"}', '{"email":"ben@example.com"}']) {
    await store.db.insertInto('quarantine').values({ source: 'api', reason: 'x', body }).execute();
  }

  const id = await request();
  expect(await request()).toBe(id);
  await clearStore(store, sealer, id);
  const { state, runs, removed } = await stateOf(id);
  expect(state).toBe('cleared');
  expect(runs).toEqual([{ run: `welcome/${ada}/1`, plain: true }]);
  expect(removed).toEqual({ entries: 1, identifiers: 1, inbox: 2, notices: 1, persons: 2, quarantine: 1 });
  expect(await searchStore(store, email)).toMatchObject({ texts: true, found: {} });
  expect((await searchStore(store, { kind: 'email', value: 'ben@example.com' })).found).toEqual({
    identifiers: 1,
    inbox: 1,
    persons: 1,
    quarantine: 1,
  });
  const gone = await store.db.selectFrom('erased').select('person').execute();
  expect(new Set(gone.map(({ person }) => person))).toEqual(new Set([ada, merged]));
  // Once more, as after a crash: nothing is left to do.
  await clearStore(store, sealer, id);
  expect((await stateOf(id)).removed).toEqual(removed);

  await acceptEvents(store, [event({ email: 'ada@example.com' })]);
  expect(await personsOf(store, email)).not.toContain(ada);
});

test('nobody is erased in the hands of a router', async () => {
  await acceptEvents(store, [event({ email: 'ada@example.com' })]);
  await claimOne(store);
  const id = await request();
  await expect(clearStore(store, sealer, id)).rejects.toThrow(PersonBusy);
  await sql`update persons set owner = null, lease_until = null`.execute(store.db);
  await clearStore(store, sealer, id);
  expect(await personsOf(store, email)).toEqual([]);
});

test('a producer asks by an event', async () => {
  await acceptEvents(store, [event({ email: 'ada@example.com' })]);
  await acceptEvents(store, [
    event({ email: 'ada@example.com' }, { name: 'erasure_requested', erase: true, source: 'mp' }),
  ]);
  await acceptEvents(store, [event({ email: 'ben@example.com' }, { erase: true, development: true })]);
  expect(await store.db.selectFrom('erasures').select(['source', 'persons', 'state']).execute()).toEqual([
    { source: 'mp', persons: await personsOf(store, email), state: 'due' },
  ]);
});

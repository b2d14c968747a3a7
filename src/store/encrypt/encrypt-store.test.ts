import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestStore, testStore } from '../../../test/support/store.ts';
import { acceptEvents } from '../../ingest/accept.ts';
import { quarantineRow } from '../../ingest/quarantine.ts';
import { personsOf } from '../../operate/contact.ts';
import { seedDelivery, seedFlow, seedRun } from '../../operate/testing/seed.ts';
import { explainEvent } from '../../operate/why.ts';
import type { CanonicalEvent } from '../../plan/event.ts';
import { createSealer } from '../../system/seal.ts';
import { PERSONAL_TABLES } from '../erasures.ts';
import { json, openStore, type Store } from '../store.ts';
import { putSyncs } from '../syncs.ts';
import { PLAIN_TABLES } from './plain-tables.ts';

const keys = [randomBytes(32)];
let plain: TestStore;
const opened: Store[] = [];
beforeEach(async () => {
  plain = await testStore({ keys: [] });
});
afterEach(async () => {
  for (const store of opened.splice(0)) await store.close();
  await plain.close();
});
const told: string[] = [];
async function encrypted(): Promise<Store> {
  const store = await openStore(plain.url, { keys, tell: (line) => told.push(line) });
  opened.push(store);
  return store;
}

const time = '2026-03-27T10:00:00.000Z';
/** Whatever says `Marker` is personal. */
function event(id: string, more: Partial<CanonicalEvent> = {}): CanonicalEvent {
  const contact = { email: 'Ada-Marker@example.com' };
  return { name: 'signup', id, dedupeKey: id, time, received: time, source: 'shop', data: {}, contact, ...more };
}
const first = event('Marker-1', {
  data: { city: 'Marker-Town', count: 3, none: null },
  profile: { set: { Name: 'Marker', Born: '1990-05-03', Gone: null }, unset: ['Marked'] },
  unused: { hint: 'Marker' },
  notes: [{ pointer: '/data', detail: 'Marker' }],
});

/** A row of every kind. */
async function fill(store: Store): Promise<void> {
  await seedFlow(store);
  await acceptEvents(
    store,
    [first, event('Marker-2', { dedupeKey: 'Marker-key', timezone: 'Marker/Zone' })],
    [quarantineRow(createSealer([]), { source: 'shop', reason: 'x: y', body: '{"mail":"Marker"}' })],
  );
  const decisions = [{ flow: '', what: 'bad_timezone', detail: '"Marker/Zone" is no IANA time zone' }];
  await sql`update inbox set decisions = ${json(decisions)}::jsonb, state = 'decided' where event->>'id' = 'Marker-2'`.execute(
    store.db,
  );
  const run = await seedRun(store, {
    email: 'ben-marker@example.com',
    entered: time,
    position: { status: 'parked', step: 's', kind: 'webhook', since: time, next: 'Marker', reason: 'Marker' },
    trail: [{ seq: 0, at: time, step: 's', kind: 'switch', what: 'Marker', saw: { 'contact.Name': 'Marker' } }],
    closed: { outcome: 'exited', reason: 'left for Marker', at: time },
  });
  await sql`update entries set key = 'Marker-order', event = jsonb_set(event, '{id}', '"Marker-e"')`.execute(store.db);
  const key = await seedDelivery(store, run, {
    step: 's',
    state: 'rejected',
    reason: 'no Marker',
    target: 'https://marker/',
  });
  const operation = {
    type: 'webhook',
    method: 'POST',
    url: 'https://marker/',
    headers: { a: 'Marker' },
    body: 'Marker',
  };
  await sql`update deliveries set operation = ${json(operation)}::jsonb, answer = '{"body":"Marker"}', failure = 'no Marker',
    address = 'Marker@example.com'`.execute(store.db);
  const { person, entry } = run;
  await store.db
    .insertInto('reads')
    .values({ key, entry, answer: json({ contact: { Name: 'Marker' } }) })
    .execute();
  const body = json({ event: { ...first, id: 'Marker-1' }, key: 'Marker-order' });
  await store.db.insertInto('notices').values({ entry, n: 0, person, kind: 'start', body }).execute();
  const sync = { person, job: 'source/shop', at: time };
  await putSyncs(store.db, [
    { ...sync, target: 'attribute/Name', value: 'Marker', address: { email: 'marker@example.com' } },
    { ...sync, target: 'attribute/Gone', value: null, address: null },
  ]);
  const note = { person, what: 'changed', kind: 'email', source: 'shop', event: 'Marker-1' } as const;
  await store.db.insertInto('identity_notes').values(note).execute();
  await sql`update persons set attributes = '{"Name":{"value":"Marker","at":"x","by":"run"}}', timezone = 'Marker/Zone'`.execute(
    store.db,
  );
}

/** What a reader sees, without what is looked up by a hash, and without what a decision quoted. */
async function seen(store: Store) {
  const tables: { [table: string]: unknown } = {};
  for (const { name, key } of PLAIN_TABLES) {
    const { rows } = await sql<{ [column: string]: unknown }>`
      select * from ${sql.table(name)} order by ${sql.join(Object.keys(key).map((column) => sql.ref(column)))}`.execute(
      store.db,
    );
    tables[name] = rows.map(({ dedupe_key: _key, decisions: _decisions, content: _content, body, ...row }) => ({
      ...row,
      body: typeof body === 'string' ? createSealer(keys).open(body) : body,
    }));
  }
  return tables;
}

/** Which tables say `Marker`, in any row as the database has it. */
async function marked(store: Store): Promise<string[]> {
  const { rows: tables } = await store.pool.query<{ name: string }>(
    `select table_name as name from information_schema.tables where table_schema = current_schema() order by 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const { rows } = await store.pool.query(`select from ${name} t where t::text ilike '%marker%' limit 1`);
    if (rows.length > 0) found.push(name);
  }
  return found;
}

test('everything of before is sealed, and read as it was', async () => {
  await fill(plain);
  const tables = PLAIN_TABLES.map(({ name }) => name);
  expect(await marked(plain)).toEqual([...tables, 'identifiers'].sort());
  const before = await seen(plain);
  const store = await encrypted();
  expect(await marked(store)).toEqual([]);
  expect(await seen(store)).toEqual(before);

  // Known by the same keys and ids, and nothing is done twice.
  expect((await acceptEvents(store, [first, event('Marker-3', { dedupeKey: 'Marker-key' })])).outcomes).toEqual([
    'duplicate',
    'duplicate',
  ]);
  const persons = await personsOf(store, { kind: 'email', value: 'ada-marker@example.com' });
  expect(await explainEvent(store, persons, 'Marker-2')).toMatchObject([
    { flows: [{ why: 'the contact\'s time zone was not taken over: "Marker/Zone" is no IANA time zone' }, {}] },
  ]);
  const rows = async () => (await store.pool.query('select xmin, * from inbox order by id')).rows;
  const raw = await rows();
  await encrypted();
  expect(await rows()).toEqual(raw);
});

test('ended in the middle it goes on where it was, and of several processes one does it', async () => {
  await fill(plain);
  const before = await seen(plain);
  await plain.pool.query(`
    create function refuse() returns trigger language plpgsql as $$ begin raise exception 'killed'; end $$;
    create trigger refusing before update on trail for each row execute function refuse();`);
  await expect(encrypted()).rejects.toThrow('killed');
  expect(await marked(plain)).toEqual(expect.arrayContaining(['trail', 'deliveries']));
  expect(await marked(plain)).not.toContain('inbox');
  await plain.pool.query('drop trigger refusing on trail');
  const raw = (await plain.pool.query('select xmin, * from inbox')).rows;
  told.length = 0;
  const [store] = await Promise.all([encrypted(), encrypted(), encrypted()]);
  const waited = 'another process is encrypting what the store held before it had a key: waiting for it';
  expect(told.filter((line) => line !== waited)).toEqual([]);
  expect(told.length).toBeLessThanOrEqual(2);
  expect(await marked(store)).toEqual([]);
  expect(await seen(store)).toEqual(before);
  expect((await plain.pool.query('select xmin, * from inbox')).rows).toEqual(raw);
});

test('of a store that was sealed in part only the rest is sealed, too', async () => {
  await fill(plain);
  const before = await seen(plain);
  const first = await encrypted();
  await first.pool.query(`
    update inbox set event = jsonb_set(event, '{id}', '"Marker-2"') where event->>'name' = 'signup' and id = (select max(id) from inbox);
    update entries set reason = 'left for Marker'; update meta set value = '{"form":0,"table":null,"after":null}' where key = 'encrypted'`);
  expect(await marked(first)).toEqual(['entries', 'inbox']);
  const store = await encrypted();
  expect(await marked(store)).toEqual([]);
  expect(await seen(store)).toEqual(before);
});

test('more than a portion is done in portions', async () => {
  const many = Array.from({ length: 2_100 }, (_, n) => event(`Marker-${n}`, { data: { n } }));
  for (let at = 0; at < many.length; at += 700) await acceptEvents(plain, many.slice(at, at + 700));
  const store = await encrypted();
  expect(await marked(store)).toEqual([]);
  const rows = await store.db.selectFrom('inbox').select('event').orderBy('id').execute();
  expect(rows.map((row) => row.event)).toEqual(many);
});

test('a table with something of a person is known here, or says nothing that has to be sealed', () => {
  const elsewhere = ['identifiers', 'consents']; // encrypt-identifiers.ts
  const saysNothing = ['goals', 'memberships'];
  const known: string[] = [...PLAIN_TABLES.map(({ name }) => name), ...elsewhere, ...saysNothing];
  expect(PERSONAL_TABLES.map(({ table }) => table).filter((table) => !known.includes(table))).toEqual([]);
});

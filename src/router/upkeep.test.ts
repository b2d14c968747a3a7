import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inboxOf } from '../../test/support/ingest.ts';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { acceptEvents } from '../ingest/accept.ts';
import { quarantineRow } from '../ingest/quarantine.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import { createSealer } from '../system/seal.ts';
import { forgetBodies, forgetKeys, startUpkeep } from './upkeep.ts';

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

const event = (id: string, source = 'shop'): CanonicalEvent => {
  const time = new Date().toISOString();
  return { name: 'x', id, dedupeKey: id, time, received: time, source, data: {}, contact: { email: 'a@example.com' } };
};
const age = (days: number, ...keys: string[]) =>
  sql`update inbox set received_at = now() - make_interval(days => ${days}), state = 'decided'
      where dedupe_key = any(${keys}::text[])`.execute(store.db);
const keys = async () => (await inboxOf(store)).map(({ dedupe_key }) => dedupe_key);

test('a key is known for 30 days; then the same counts as new, and the event of before stays', async () => {
  await sql`insert into meta (key, value) values ('upkeep', '{"after": 0}')`.execute(store.db);
  await acceptEvents(store, [event('old'), event('ours', 'flows'), event('young'), event('waiting')]);
  await age(31, 'old', 'ours');
  await age(29, 'young');
  expect(await forgetKeys(store)).toBe(2);
  expect(await keys()).toEqual([null, 'ours', 'young', 'waiting']);
  expect(await forgetKeys(store)).toBe(0);
  const { outcomes } = await acceptEvents(store, [event('old'), event('ours', 'flows'), event('young')]);
  expect(outcomes).toEqual(['accepted', 'duplicate', 'duplicate']);
  await age(31, 'young');
  await forgetKeys(store);
  expect(await keys()).toEqual([null, 'ours', null, 'waiting', 'old']);
});

test('a body in quarantine goes after its days, the reason later; what is repeated then is kept again', async () => {
  const row = quarantineRow(createSealer([]), { source: 'mparticle', reason: 'unaddressable: x', body: '{"a":1}' });
  const kept = async () => (await store.db.selectFrom('quarantine').selectAll().execute()).map(({ body }) => body);
  const older = (days: number) =>
    sql`update quarantine set received_at = now() - make_interval(days => ${days})`.execute(store.db);
  await acceptEvents(store, [], [row]);
  await older(6);
  expect(await forgetBodies(store, 7)).toBe(0);
  await older(8);
  expect(await forgetBodies(store, 7)).toBe(1);
  expect(await kept()).toEqual([null]);
  await acceptEvents(store, [], [row]);
  expect(await kept()).toEqual(['{"a":1}']);
  await older(91);
  await forgetBodies(store, 7);
  expect(await kept()).toEqual([]);
});

test('one router does it at a time', async () => {
  const log = { info: () => {}, warn: () => {} };
  await sql`update meta set value = value || jsonb_build_object('owner', 'other', 'until', now() + interval '1 minute')
            where key = 'upkeep'`.execute(store.db);
  await acceptEvents(store, [event('late')]);
  // Keys are given up in the order of arrival.
  await age(31, 'waiting', 'old', 'late');
  const second = startUpkeep({ store, owner: 'second', log }, 7);
  await second.stop();
  expect(await keys()).toContain('late');
  await sql`update meta set value = value || jsonb_build_object('until', now() - interval '1 minute')
            where key = 'upkeep'`.execute(store.db);
  const third = startUpkeep({ store, owner: 'third', log }, 7);
  while ((await keys()).includes('late'));
  await third.stop();
});

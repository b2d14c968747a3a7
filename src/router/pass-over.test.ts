import { randomUUID } from 'node:crypto';
import { beforeEach, expect, test } from 'vitest';
import {
  again,
  claimOne,
  decideOnce,
  exitOn,
  notices,
  person,
  plan,
  verdicts,
} from '../../test/support/router/fixtures.ts';
import { ada, store, useFreshStore } from '../../test/support/router/fresh-store.ts';
import { acceptEvents } from '../ingest/accept.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import { release } from './claim.ts';
import { createPassOver } from './pass-over.ts';
import { publish } from './publish.ts';

useFreshStore();

/** As ingest takes events that came in one request: name or parts of each. Answers their inbox ids, and whether a router is needed. */
async function receive(...given: readonly (string | Partial<CanonicalEvent>)[]) {
  const received = new Date().toISOString();
  const events = given.map((one): CanonicalEvent => {
    const id = randomUUID();
    const parts = typeof one === 'string' ? { name: one } : one;
    const contact = { email: 'ada@example.com' };
    return { name: 'viewed', id, dedupeKey: id, time: received, received, source: 'shop', data: {}, contact, ...parts };
  });
  const beside = { feedback: null, syncs: null, groups: null, passOver };
  const { toRoute } = await acceptEvents(store, events, [], beside);
  const rows = await store.db.selectFrom('inbox').select(['id', 'dedupe_key']).execute();
  const ids = new Map(rows.map((row) => [row.dedupe_key, row.id]));
  return { toRoute, inbox: events.map(({ dedupeKey }) => ids.get(dedupeKey)!) };
}

let passOver = createPassOver();
beforeEach(() => {
  passOver = createPassOver();
});

const ready = async () =>
  (await store.db.selectFrom('persons').select('id').where('ready_at', 'is not', null).execute()).map(({ id }) => id);

test('what concerns nobody is decided where it is written, of known people and of new ones', async () => {
  await publish(store, [plan()]);
  const { toRoute, inbox } = await receive('viewed', 'clicked', { contact: { email: 'new@example.com' } });
  expect(toRoute).toBe(false);
  for (const id of inbox) expect(await verdicts(store, id)).toBe('');
  const rows = await store.db.selectFrom('inbox').select(['state', 'decided_at']).execute();
  expect(rows).toEqual(inbox.map(() => ({ state: 'decided', decided_at: expect.any(Date) })));
  expect(await ready()).toEqual([]);
});

test.each<[string, Partial<CanonicalEvent>]>([
  ['a flow starts by it', { name: 'signup' }],
  ['it names a flow', { name: 'manual', flow: 'nobody' }],
  ['it tells of the contact', { profile: { set: { tier: 'gold' }, unset: [] } }],
  ['it tells of the contact as a flow would', { name: 'attribute_changed', data: { name: 'tier', to: 'gold' } }],
  ['it tells where the contact is', { timezone: 'Europe/Lisbon' }],
])('not where %s, nor what came with it', async (_why, parts) => {
  await publish(store, [plan()]);
  const { toRoute, inbox } = await receive('viewed', parts, { contact: { email: 'new@example.com' } });
  expect(toRoute).toBe(true);
  expect(await Promise.all(inbox.map((id) => verdicts(store, id)))).toEqual([null, null, '']);
  expect(await ready()).toEqual([ada]);
  // What comes after waits behind it: order per person holds.
  expect((await receive('viewed')).toRoute).toBe(true);
});

test('not people who are in other hands, merged, or who await a goal or a notice', async () => {
  await publish(store, [plan()]);
  const passed = async () => {
    const { toRoute } = await receive('viewed');
    // As if a router had been here.
    await store.db.updateTable('inbox').set({ state: 'decided', decisions: '[]' }).execute();
    await store.db.updateTable('persons').set({ ready_at: null, owner: null, lease_until: null }).execute();
    return !toRoute;
  };
  await receive('signup');
  const start = await decideOnce(store);
  const [entry] = await store.db.selectFrom('entries').select('id').execute();
  // Her run is over; what it was to hear is still due.
  await store.db.updateTable('entries').set({ state: 'closed', reason: 'test' }).execute();
  expect(await passed()).toBe(false);
  await store.db.updateTable('notices').set({ state: 'done' }).execute();
  await store.db.insertInto('goals').values({ entry: entry!.id, name: 'bought', person: ada }).execute();
  expect(await passed()).toBe(false);
  await store.db.deleteFrom('goals').execute();
  const other = await person(store);
  await store.db.updateTable('persons').set({ merged_into: ada }).where('id', '=', other).execute();
  expect(await passed()).toBe(false);
  await store.db.updateTable('persons').set({ merged_into: null }).where('id', '=', other).execute();
  await store.db.updateTable('persons').set({ owner: start.lease.owner }).where('id', '=', ada).execute();
  expect(await passed()).toBe(false);
  expect(await passed()).toBe(true);
});

test('people who are inside are passed over where no run of theirs listens', async () => {
  await publish(store, [plan({ listens: ['bought'], exit_on: [exitOn('bought')] })]);
  await receive('signup');
  await again(store, await decideOnce(store));
  await store.db.updateTable('notices').set({ state: 'done' }).execute();
  await release(store, await claimOne(store));
  expect((await receive('viewed')).toRoute).toBe(false);
  expect((await receive('bought')).toRoute).toBe(true);
  await decideOnce(store);
  expect(await notices(store)).toMatchObject([{ kind: 'start' }, { kind: 'event' }]);
});

test('what is published is heard from then on, what is not any more is not', async () => {
  expect((await receive('viewed')).toRoute).toBe(false);
  await publish(store, [plan({ on: [{ event: 'viewed', where: null, match: [] }] })]);
  expect((await receive('viewed')).toRoute).toBe(true);
  const { lease } = await decideOnce(store);
  await again(store, { lease });
  expect(await store.db.selectFrom('entries').select('flow').execute()).toEqual([{ flow: 'welcome' }]);
  await publish(store, [plan()]);
  expect((await receive({ contact: { email: 'new@example.com' } })).toRoute).toBe(false);
});

test('a start that comes at the same time is not lost', async () => {
  await publish(store, [plan()]);
  await Promise.all(Array.from({ length: 8 }, (_, n) => receive(n === 3 ? 'signup' : 'viewed')));
  expect(await ready()).toEqual([ada]);
  await again(store, { lease: await claimOne(store) });
  await decideOnce(store);
  expect(await store.db.selectFrom('entries').select('flow').execute()).toEqual([{ flow: 'welcome' }]);
});

test('an event that is known already needs no router', async () => {
  await publish(store, [plan()]);
  const twice = { name: 'signup', id: 'a', dedupeKey: 'a' };
  expect((await receive(twice)).toRoute).toBe(true);
  expect((await receive(twice)).toRoute).toBe(false);
});

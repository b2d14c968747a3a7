import { expect, test } from 'vitest';
import { again, arrive, claimOne, decideOnce, person, plan, verdicts } from '../../test/support/router/fixtures.ts';
import { ada, store, useFreshStore } from '../../test/support/router/fresh-store.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import { passOver } from './pass-over.ts';
import { publish } from './publish.ts';
import { PublishedFlows } from './published-flows.ts';

useFreshStore();

const pass = () => passOver(store, new PublishedFlows());
const ready = async () =>
  (await store.db.selectFrom('persons').select('id').where('ready_at', 'is not', null).execute()).map(({ id }) => id);

test('people whose events concern nobody are passed over together, and their events decided', async () => {
  await publish(store, [plan()]);
  const bob = await person(store);
  const events = [
    await arrive(store, ada, 'viewed'),
    await arrive(store, ada, 'clicked'),
    await arrive(store, bob, 'viewed'),
  ];
  expect(await pass()).toBe(2);
  for (const inbox of events) expect(await verdicts(store, inbox)).toBe('');
  expect(await ready()).toEqual([]);
  expect(await pass()).toBe(0);
  await arrive(store, bob, 'viewed');
  expect(await ready()).toEqual([bob]);
});

test.each<[string, string, Partial<CanonicalEvent>]>([
  ['a flow starts by it', 'signup', {}],
  ['it names a flow', 'manual', { flow: 'nobody' }],
  ['it tells of the contact', 'viewed', { profile: { set: { tier: 'gold' }, unset: [] } }],
  ['it tells where the contact is', 'viewed', { timezone: 'Europe/Lisbon' }],
])('not where %s', async (_why, name, parts) => {
  await publish(store, [plan()]);
  await arrive(store, ada, 'viewed');
  const inbox = await arrive(store, ada, name, parts);
  expect(await pass()).toBe(0);
  expect(await verdicts(store, inbox)).toBeNull();
  expect(await ready()).toEqual([ada]);
});

test('not people who are inside, in other hands, merged, or who await a goal or a notice', async () => {
  await publish(store, [plan()]);
  await arrive(store, ada, 'signup');
  await again(store, await decideOnce(store));
  await arrive(store, ada, 'viewed');
  expect(await pass()).toBe(0);
  const [entry] = await store.db.selectFrom('entries').select('id').execute();
  // Her run is over; what it was to hear is still due.
  await store.db.updateTable('entries').set({ state: 'closed', reason: 'test' }).execute();
  expect(await pass()).toBe(0);
  await store.db.updateTable('notices').set({ state: 'done' }).execute();
  await store.db.insertInto('goals').values({ entry: entry!.id, name: 'bought', person: ada }).execute();
  expect(await pass()).toBe(0);
  await store.db.deleteFrom('goals').execute();
  const other = await person(store);
  await store.db.updateTable('persons').set({ merged_into: ada }).where('id', '=', other).execute();
  expect(await pass()).toBe(0);
  await store.db.updateTable('persons').set({ merged_into: null }).where('id', '=', other).execute();
  const lease = await claimOne(store);
  expect(await pass()).toBe(0);
  await again(store, { lease });
  expect(await pass()).toBe(1);
});

test('an event that is written meanwhile makes its person ready again', async () => {
  await publish(store, [plan()]);
  await arrive(store, ada, 'viewed');
  const [passed] = await Promise.all([pass(), arrive(store, ada, 'signup')]);
  // Whichever came first: the start is not lost.
  expect(await ready()).toEqual([ada]);
  expect(passed).toBeLessThanOrEqual(1);
  const { lease } = await decideOnce(store);
  await again(store, { lease });
  const starts = await store.db.selectFrom('entries').select('id').execute();
  expect(starts).toHaveLength(1);
});

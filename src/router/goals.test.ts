import { expect, test } from 'vitest';
import { arrive, decideOnce, entries, notices, plan, verdicts } from '../../test/support/router/fixtures.ts';
import { ada, send, store, useFreshStore } from '../../test/support/router/fresh-store.ts';
import type { Goal } from '../plan/plan.ts';
import { publish } from './publish.ts';

useFreshStore();

const goal = (more: Partial<Goal> = {}): Goal => ({ event: 'bought', where: null, match: [], name: 'sale', ...more });
const TWO_WEEKS = { months: 0, days: 14, ms: 0 };

const told = async () => (await notices(store)).filter(({ kind }) => kind === 'event').map(({ body }) => body);
const counted = async () =>
  (await store.db.selectFrom('goals').select(['name', 'counted_at', 'inbox']).orderBy('name').execute())
    .filter((row) => row.counted_at !== null)
    .map(({ name }) => name);
const end = () =>
  store.db.updateTable('entries').set({ state: 'closed', outcome: 'completed', reason: 'completed' }).execute();

test('counts once per run, and tells the run inside although it does not listen', async () => {
  await publish(store, [plan({ goals: [goal()] })]);
  await send('signup');
  expect(await send('bought', { data: { total: 5 } })).toBe('welcome goal, welcome notified');
  expect(await told()).toMatchObject([{ event: { name: 'bought' }, goals: ['sale'] }]);
  expect(await counted()).toEqual(['sale']);
  expect(await send('bought')).toBe('');
});

test('the event that starts the run, test traffic and repetitions are no conversion', async () => {
  await publish(store, [plan({ on: [{ event: 'bought', where: null, match: [] }], goals: [goal()] })]);
  expect(await send('bought')).toBe('welcome started');
  expect(await send('bought', { development: true })).toBe('welcome development');
  expect(await send('bought', { replay: true })).toBe('welcome replay');
  expect(await counted()).toEqual([]);
});

test('without `within` only inside; with it also after the run has ended, and no longer', async () => {
  await publish(store, [plan({ goals: [goal(), goal({ name: 'late', within: TWO_WEEKS })] })]);
  await send('signup');
  await end();
  const day = 86_400_000;
  const [entry] = await entries(store);
  const after = (days: number) => new Date(entry!.entered_at.getTime() + days * day).toISOString();
  expect(await send('bought', { received: after(15), time: after(15) })).not.toContain('goal');
  expect(await send('bought', { received: after(13), time: after(13) })).toContain('welcome goal');
  expect(await counted()).toEqual(['late']);
  expect(await told()).toEqual([]);
});

test('conditions know the event, the starting one, the contact and what happened before', async () => {
  const bought = ['count', 'bought', ['get', 'run', 'entered_at']] as const;
  await publish(store, [
    plan({
      goals: [
        goal({ name: 'same', match: ['cart'] }),
        goal({ name: 'big', where: ['>', ['get', 'incoming', 'total'], 100] }),
        goal({ name: 'gold', where: ['==', ['get', 'contact', 'Tier'], 'gold'] }),
        goal({ name: 'second', where: ['==', bought, 2] }),
      ],
    }),
  ]);
  await send('signup', { data: { cart: 7 } });
  const later = () => new Date(Date.now() + 1000).toISOString();
  await send('bought', { data: { cart: 8, total: 200 }, time: later() });
  expect(await counted()).toEqual(['big']);
  await send('bought', { data: { cart: 7, total: 200 }, profile: { set: { Tier: 'gold' }, unset: [] }, time: later() });
  expect(await counted()).toEqual(['big', 'gold', 'same', 'second']);
  expect(await told()).toMatchObject([{ goals: ['big'] }, { goals: ['same', 'gold', 'second'] }]);
});

test('an event that may end the run by its goal and start the flow again waits for the answer', async () => {
  const on = ['signup', 'bought'].map((event) => ({ event, where: null, match: [] }));
  await publish(store, [plan({ on, goals: [goal({ exit: true })], listens: ['bought'] })]);
  await send('signup');
  await store.db.updateTable('entries').set({ state: 'open' }).execute();
  await store.db.updateTable('notices').set({ state: 'done' }).execute();
  const inbox = await arrive(store, ada, 'bought');
  const { verify } = await decideOnce(store);
  expect(verify).toHaveLength(0);
  expect(await verdicts(store, inbox)).toBe('welcome goal, welcome notified');
  expect((await notices(store)).at(-1)).toMatchObject({ kind: 'event', inbox, body: { goals: ['sale'] } });
});

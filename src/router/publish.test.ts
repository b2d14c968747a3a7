import { afterAll, beforeEach, expect, test } from 'vitest';
import {
  again,
  arrive,
  claimOne,
  decideOnce,
  entries,
  notices,
  person,
  plan,
} from '../../test/support/router/fixtures.ts';
import { type TestStore, testStore } from '../../test/support/store.ts';
import type { FlowStatus } from '../plan/plan.ts';
import { publish, statusNotice } from './publish.ts';

let store: TestStore;
beforeEach(async () => {
  await store?.close();
  store = await testStore();
});
afterAll(() => store.close());

const status = (value: FlowStatus) => plan({ status: value });

async function oneInside(): Promise<void> {
  await publish(store, [plan()]);
  await arrive(store, await person(store), 'signup');
  await again(store, await decideOnce(store));
}

const told = async () => (await notices(store)).map(({ n, kind }) => `${n} ${kind}`);

test('reports what changed, and what is gone', async () => {
  const [first, second] = [plan(), plan({ flow: 'cart' })];
  expect((await publish(store, [first, second])).published.map(({ changed }) => changed)).toEqual([true, true]);
  expect(await publish(store, [first, second])).toEqual({
    published: [
      { flow: 'welcome', hash: first.hash, status: 'active', changed: false },
      { flow: 'cart', hash: second.hash, status: 'active', changed: false },
    ],
    removed: [],
    held: [],
    notices: 0,
  });
  const edited = plan({ description: 'another version' });
  expect(await publish(store, [edited])).toEqual({
    published: [{ flow: 'welcome', hash: edited.hash, status: 'active', changed: true }],
    removed: ['cart'],
    held: [],
    notices: 0,
  });
  expect((await publish(store, [edited])).removed).toEqual([]);
  const flows = await store.db.selectFrom('flows').select(['flow', 'status']).orderBy('flow').execute();
  expect(flows).toEqual([
    { flow: 'cart', status: 'removed' },
    { flow: 'welcome', status: 'active' },
  ]);
  expect((await store.db.selectFrom('plans').selectAll().execute()).length).toBe(3);
});

test('a partial publication leaves the other flows alone', async () => {
  await publish(store, [plan(), plan({ flow: 'cart' })]);
  expect((await publish(store, [plan()], { partial: true })).removed).toEqual([]);
});

test('two plans of one flow are refused, and nothing is published', async () => {
  await expect(publish(store, [plan(), plan()])).rejects.toThrow('flow "welcome" is given twice');
  expect(await store.db.selectFrom('flows').selectAll().execute()).toEqual([]);
});

test('every publication counts', async () => {
  await publish(store, [plan()]);
  await publish(store, [plan()]);
  const { value } = await store.db
    .selectFrom('meta')
    .select('value')
    .where('key', '=', 'flows_version')
    .executeTakeFirstOrThrow();
  expect(value).toBe(2);
});

test('people inside hear of a pause, of its end and of a stop, and become ready', async () => {
  await oneInside();
  await store.db.updateTable('persons').set({ ready_at: null }).execute();
  expect((await publish(store, [status('paused')])).notices).toBe(1);
  await claimOne(store);
  expect((await publish(store, [status('paused')])).notices).toBe(0);
  await publish(store, [status('active')]);
  await publish(store, [status('draining')]);
  await publish(store, [status('stopped')]);
  expect(await told()).toEqual(['0 start', '1 pause', '2 resume', '3 exit']);
  expect((await notices(store)).at(-1)?.body).toEqual({ reason: 'stopped' });
  expect((await entries(store))[0]?.sent_n).toBe(3);
});

test('a paused flow that goes away and comes back lets go exactly those who hold', async () => {
  await oneInside();
  await publish(store, [status('paused')]);
  expect((await publish(store, [])).notices).toBe(0);
  expect((await publish(store, [status('active')])).notices).toBe(1);
  await publish(store, []);
  expect((await publish(store, [status('active')])).notices).toBe(0);
  expect(await told()).toEqual(['0 start', '1 pause', '2 resume']);
});

test('closed runs hear nothing', async () => {
  await oneInside();
  await store.db.updateTable('entries').set({ state: 'closed' }).execute();
  expect((await publish(store, [status('stopped')])).notices).toBe(0);
});

test.each([
  ['active', 'paused', 'pause'],
  ['draining', 'paused', 'pause'],
  ['removed', 'paused', 'pause'],
  ['paused', 'active', 'resume'],
  ['paused', 'draining', 'resume'],
  ['paused', 'stopped', 'exit'],
  ['active', 'stopped', 'exit'],
  ['removed', 'active', 'resume'],
  ['paused', 'removed', undefined],
  ['active', 'draining', undefined],
  ['active', 'draft', undefined],
  ['draining', 'active', undefined],
  ['stopped', 'active', undefined],
  ['stopped', 'stopped', undefined],
] as const)('%s to %s: %s', (from, to, kind) => {
  expect(statusNotice(from, to)?.kind).toBe(kind);
});

test('people inside an older version hear of one that migrates, and of what it listens for', async () => {
  await publish(store, [plan({ listens: ['cart'] })]);
  await arrive(store, await person(store), 'signup');
  await again(store, await decideOnce(store));
  const pinned = plan({ description: 'two' });
  expect((await publish(store, [pinned])).notices).toBe(0);
  const newer = plan({ description: 'three', on_change: 'migrate', listens: ['bought', 'cart'] });
  expect((await publish(store, [newer])).notices).toBe(1);
  expect((await publish(store, [newer])).notices).toBe(0);
  expect((await notices(store)).at(-1)).toMatchObject({ n: 1, kind: 'migrate', body: { hash: newer.hash } });
  expect(await entries(store)).toMatchObject([{ sent_n: 1, listens: ['bought', 'cart'] }]);
});

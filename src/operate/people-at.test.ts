import { afterEach, beforeEach, expect, test } from 'vitest';
import { testStore } from '../../test/support/store.ts';
import type { RunPosition } from '../plan/notice.ts';
import type { Store } from '../store/store.ts';
import { peopleAt } from './people-at.ts';
import { PLAN, seedFlow, seedRun } from './testing/seed.ts';

let store: Store;
beforeEach(async () => {
  store = await testStore();
  await seedFlow(store);
});
afterEach(() => store.close());

const entered = '2026-03-01T10:00:00.000Z';
const at = (step: string): RunPosition => ({ status: 'waiting', step, kind: 'wait', since: entered, next: null });

test('those inside, by step and version; nobody who has left, or is on the way in', async () => {
  await seedRun(store, { email: 'ada@example.com', entered, position: at('three_days') });
  await seedRun(store, { email: 'bob@example.com', entered, position: at('three_days') });
  await seedRun(store, { email: 'cy@example.com', entered, position: { ...at('three_days'), version: 'newer' } });
  await seedRun(store, { email: 'di@example.com', entered });
  await seedRun(store, {
    email: 'eve@example.com',
    entered,
    position: at('three_days'),
    closed: { outcome: 'exited', reason: 'lost', at: entered },
  });
  const where = { flow: 'welcome', step: 'three_days', kind: 'wait' };
  expect(await peopleAt(store, ['welcome', 'other'])).toEqual([
    { ...where, hash: PLAN.hash, people: 2 },
    { ...where, hash: 'newer', people: 1 },
  ]);
  expect(await peopleAt(store, ['other'])).toEqual([]);
});

import { afterEach, beforeEach, expect, test } from 'vitest';
import { testStore } from '../../test/support/store.ts';
import type { RunPosition } from '../plan/notice.ts';
import type { Store } from '../store/store.ts';
import { decideHold, heldRuns } from './holds.ts';
import { seedFlow, seedRun } from './testing/seed.ts';

let store: Store;
beforeEach(async () => {
  store = await testStore();
  await seedFlow(store);
});
afterEach(() => store.close());

const at = (status: RunPosition['status'], step: string): RunPosition => ({
  status,
  step,
  kind: 'hold',
  since: '2026-03-01T10:00:00.000Z',
  next: null,
  reason: 'really?',
});
const seed = (email: string, position: RunPosition) =>
  seedRun(store, { email, entered: '2026-03-01T10:00:00.000Z', position });
const nobody = async () => null;

test('a held run is decided by a notice, once', async () => {
  const { run, entry } = await seed('ada@example.com', at('held', 'ask'));
  await seed('ben@example.com', at('held', 'other'));
  await seed('cleo@example.com', at('paused', 'ask'));
  const [held, ...more] = await heldRuns(store, nobody, { step: 'ask' });
  expect(more).toEqual([]);
  const since = '2026-03-01T10:00:00.000Z';
  expect(held).toEqual({ run, flow: 'welcome', step: 'ask', text: 'really?', since, entry });
  expect(await decideHold(store, held!, 'approved')).toBeNull();
  expect(await decideHold(store, held!, 'rejected')).toBe('it was approved before, and the run will hear of it');
  const notices = await store.db.selectFrom('notices').select(['n', 'kind', 'body', 'state']).execute();
  expect(notices).toEqual([{ n: 1, kind: 'decide', body: { step: 'ask', as: 'approved' }, state: 'due' }]);
});

test('a hold met again in a later round is decided anew', async () => {
  await seed('ada@example.com', at('held', 'ask'));
  const [held] = await heldRuns(store, nobody, {});
  await decideHold(store, held!, 'rejected');
  await store.db.updateTable('notices').set({ state: 'done' }).execute();
  expect(await decideHold(store, held!, 'approved')).toBeNull();
});

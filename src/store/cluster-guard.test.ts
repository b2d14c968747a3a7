import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { checkCluster } from './cluster-guard.ts';

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

it('remembers the first Temporal, refuses another, and takes it when told to', async () => {
  const first = { cluster: 'c1', namespace: 'n1' };
  await checkCluster(store, first);
  await checkCluster(store, first);
  const other = { cluster: 'c2', namespace: 'n1' };
  await expect(checkCluster(store, other)).rejects.toThrow(
    /^this Temporal is not the one .+ \(another cluster\): .+ flows doctor --adopt takes this one\.$/,
  );
  await expect(checkCluster(store, { cluster: 'c2', namespace: 'n2' })).rejects.toThrow(
    'another cluster and namespace',
  );
  await checkCluster(store, other, { adopt: true });
  await checkCluster(store, other);
  await expect(checkCluster(store, first)).rejects.toThrow('another cluster');
});

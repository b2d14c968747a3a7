import { expect, test } from 'vitest';
import {
  again,
  arrive,
  claimOne,
  decideOnce,
  endBackOffs,
  endLeases,
  person,
  plan,
} from '../../test/support/router/fixtures.ts';
import { ada, store, useFreshStore } from '../../test/support/router/fresh-store.ts';
import { claim, keep, LeaseLost, release, releaseLater } from './claim.ts';
import { publish } from './publish.ts';

useFreshStore();

const claimed = async (limit = 10) => (await claim(store, 'next', limit, false)).map((lease) => lease.person);

test('a person belongs to one router until the lease is over', async () => {
  await arrive(store, ada, 'signup');
  const lease = await claimOne(store);
  expect(await claimed()).toEqual([]);
  await endLeases(store);
  expect(await claimed()).toEqual([ada]);
  await expect(keep(store, { ...lease, renewed: Number.NEGATIVE_INFINITY })).rejects.toThrow(LeaseLost);
  // the one who lost it gives nothing back either
  await release(store, lease);
  const row = await store.db.selectFrom('persons').select('owner').executeTakeFirstOrThrow();
  expect(row.owner).toBe('next');
});

test('a lease is renewed while its owner is at work', async () => {
  await arrive(store, ada, 'signup');
  const lease = await claimOne(store);
  lease.renewed = Number.NEGATIVE_INFINITY;
  const until = async () =>
    (await store.db.selectFrom('persons').select('lease_until').executeTakeFirstOrThrow()).lease_until!.getTime();
  const before = await until();
  await keep(store, lease);
  expect(await until()).toBeGreaterThan(before);
  expect(lease.renewed).toBeGreaterThan(0);
});

test('released persons rest until something comes up; what came up during the claim counts', async () => {
  await arrive(store, ada, 'signup');
  await release(store, await claimOne(store));
  expect(await claimed()).toEqual([]);
  await arrive(store, ada, 'signup');
  const lease = await claimOne(store);
  await arrive(store, ada, 'signup');
  await release(store, lease);
  expect(await claimed()).toEqual([ada]);
});

test('after a failure a person waits, unless something comes up', async () => {
  await arrive(store, ada, 'signup');
  await releaseLater(store, await claimOne(store), 3_600_000);
  expect(await claimed()).toEqual([]);
  await endBackOffs(store);
  await releaseLater(store, await claimOne(store), 3_600_000);
  await arrive(store, ada, 'signup');
  expect(await claimed()).toEqual([ada]);
});

test('longest ready first; persons inside can be asked for', async () => {
  const [grace, joan] = [await person(store), await person(store)];
  await publish(store, [plan()]);
  await arrive(store, joan, 'signup');
  await again(store, await decideOnce(store));
  await store.db.updateTable('persons').set({ ready_at: null }).execute();
  for (const id of [grace, ada, joan]) await arrive(store, id, 'page_view');
  const inside = await claim(store, 'one', 10, true);
  expect(inside.map((lease) => lease.person)).toEqual([joan]);
  expect(await claimed(1)).toEqual([grace]);
  expect(await claimed(1)).toEqual([ada]);
});

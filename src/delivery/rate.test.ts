import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { sharedRate } from './rate.ts';

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

/** an hour: whatever the machine does meanwhile is nothing beside it */
const HOUR = 3_600_000;
const PER_SECOND = 1_050 / HOUR;

it('turns follow one another over all workers, and each API has its own', async () => {
  const [one, two] = [sharedRate(store, 'connect', PER_SECOND), sharedRate(store, 'connect', PER_SECOND)];
  expect(one.interval).toBeCloseTo(HOUR);
  const waits = [await one.reserve(1), await two.reserve(3), await one.reserve(1)];
  expect(waits.map((ms) => Math.round(ms / HOUR))).toEqual([0, 1, 4]);
  expect(waits[0]).toBe(0);
  expect(await sharedRate(store, 'engage', PER_SECOND).reserve(1)).toBe(0);
});

it('nobody is given one that was put off, and nothing is brought forward', async () => {
  const rate = sharedRate(store, 'engage', 10);
  await rate.postpone(HOUR);
  await rate.postpone(1_000);
  expect(Math.round((await rate.reserve(1)) / HOUR)).toBe(1);
});

it('a hundred at once get a hundred different turns', async () => {
  await store.db.deleteFrom('rates').execute();
  const rates = [sharedRate(store, 'connect', PER_SECOND), sharedRate(store, 'connect', PER_SECOND)];
  const waits = await Promise.all(Array.from({ length: 100 }, (_, at) => rates[at % 2]!.reserve(1)));
  expect(new Set(waits.map((ms) => Math.round(ms / HOUR))).size).toBe(100);
});

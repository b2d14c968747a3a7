import { expect, test } from 'vitest';
import { testStore } from '../../test/support/store.ts';
import { openStore } from '../store/store.ts';
import { storeGauges } from './store-gauges.ts';

test('what the store tells is told while it answers; without it the metrics of the process come all the same', async () => {
  const store = await testStore();
  const own = await openStore(store.url);
  expect(await storeGauges(own)()).toMatch(/^flows_store_up 1$[\s\S]*^flows_notices_due 0$/m);
  await own.close();
  const text = await storeGauges(own)();
  expect(text).toMatch(/^flows_store_up 0$/m);
  expect(text).not.toMatch(/^flows_notices_due/m);
  await store.close();
});

import { expect, test } from 'vitest';
import { syncCalls } from './sync-calls.ts';
import type { DueSync } from './sync-rows.ts';

const row = (name: string, value: DueSync['value']): DueSync => ({
  ...{ person: 'p-1', canonical: 'p-1', target: `attribute/${name}`, job: 'source/mparticle', value, address: null },
  ...{ at: new Date(0), version: 1, contact: { email: 'ada@example.com' } },
});

test('a value that Mapp cannot be given goes alone; the others of the contact still share an event', () => {
  const { calls, done } = syncCalls([row('City', 'Rome'), row('delete', 'true'), row('Zip', '00100')], {});
  expect(calls.map(({ body }) => body)).toEqual([{ email: 'ada@example.com', City: 'Rome', Zip: '00100' }]);
  expect(done).toMatchObject([{ row: { target: 'attribute/delete' }, state: 'rejected' }]);
});

test('two values that cannot share an event have one each', () => {
  const { calls, done } = syncCalls([row('Size.EU', '42'), row('Size', { EU: '43' })], {});
  expect(calls.map(({ body }) => body)).toEqual([
    { email: 'ada@example.com', 'Size.EU': '42' },
    { email: 'ada@example.com', 'Size.EU': '43' },
  ]);
  expect(done).toEqual([]);
});

import { expect, test } from 'vitest';
import { createRefusalLog } from './sync-refusals.ts';
import type { DueSync, SettledSync } from './sync-rows.ts';

const settled = (target: string, state: SettledSync['state'], job = 'source/shop'): SettledSync => {
  const row: DueSync = {
    ...{ person: 'p-1', canonical: 'p-1', target, job, value: 'ada@example.com', address: null },
    ...{ at: new Date(0), version: 1, contact: { email: 'ada@example.com' } },
  };
  return { row, state, reason: 'Mapp answered 400: "ada@example.com"' };
};

test('operators hear once of each place that Mapp refuses, and of nobody it is about', () => {
  const said: string[] = [];
  const tell = createRefusalLog((message) => void said.push(message));
  tell([settled('attribute/City', 'rejected'), settled('attribute/City', 'rejected')], true);
  tell([settled('attribute/City', 'rejected'), settled('attribute/Zip', 'sent'), settled('group/1', 'skipped')], true);
  tell([settled('member/10144/vip', 'rejected', 'export/vips')], true);
  tell([{ ...settled('attribute/delete', 'rejected'), reason: 'its name has a meaning of its own' }], false);
  expect(said).toEqual([
    'source shop: attribute "City" is not written as told: Mapp refused it for a contact. This is said once.',
    'export vips: attribute "vip" of group 10144 is not written as told: Mapp refused it for a contact. This is said once.',
    'source shop: attribute "delete" is not written as told: its name has a meaning of its own. This is said once.',
  ]);
});

import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  again,
  arrive,
  decideOnce,
  entries,
  notices,
  person,
  plan,
  verdicts,
} from '../../test/support/router/fixtures.ts';
import { ada, store, useFreshStore } from '../../test/support/router/fresh-store.ts';
import { encryptStores } from '../../test/support/store.ts';
import { mergePersons } from '../ingest/merge-persons.ts';
import type { Reentry } from '../plan/plan.ts';
import { publish } from './publish.ts';
import { keyHashIn } from './run-key.ts';

encryptStores();
useFreshStore();

const flow = (mode: 'once' | 'always') => plan({ key: ['get', 'event', 'order'], reentry: { mode } as Reentry });

async function order(who: string, id: string): Promise<string | null> {
  const inbox = await arrive(store, who, 'signup', { data: { order: id } });
  await again(store, await decideOnce(store));
  const words = await verdicts(store, inbox);
  await store.db.updateTable('persons').set({ ready_at: null }).execute();
  return words;
}

test("a flow's key is compared without being readable, in rows, notices and workflow ids", async () => {
  await publish(store, [flow('once')]);
  expect(await order(ada, 'order-1')).toBe('welcome started');
  expect(await order(ada, 'order-1')).toBe('welcome once');
  expect(await order(ada, 'order-2')).toBe('welcome started');
  const made = (await entries(store)).sort((a, b) => (a.key < b.key ? -1 : 1));
  expect(made.map(({ key, ordinal }) => [key, ordinal])).toEqual([
    ['order-1', 1],
    ['order-2', 1],
  ]);
  expect((await notices(store)).map(({ body }) => (body as { key: string }).key).sort()).toEqual([
    'order-1',
    'order-2',
  ]);
  const { rows } = await store.pool.query<{ text: string }>(
    'select e::text as text from entries e union all select n::text from notices n',
  );
  expect(rows.map(({ text }) => text).join()).not.toContain('order-');
  const [first] = made;
  expect(keyHashIn(first!.workflow_id)).toMatch(/^[0-9a-f]{12}$/);
  // Nobody can try keys out who has no key of the store.
  expect(first!.workflow_id).not.toContain(createHash('sha256').update('order-1').digest('hex').slice(0, 12));
});

test.each([
  ['once', 'welcome once'],
  ['always', 'welcome started'],
] as const)('somebody merged keeps their keys, sealed under their own: %s', async (mode, expected) => {
  await publish(store, [flow(mode)]);
  const other = await person(store, { email: 'b@example.com' });
  expect(await order(other, 'order-1')).toBe('welcome started');
  await store.db.transaction().execute((trx) => mergePersons(trx, ada, other));
  await store.db.updateTable('persons').set({ ready_at: null }).execute();
  expect(await order(ada, 'order-1')).toBe(expected);
  const ordinals = (await entries(store)).map(({ person: who, ordinal }) => [who, ordinal]);
  expect(ordinals).toEqual(
    mode === 'once'
      ? [[other, 1]]
      : [
          [other, 1],
          [ada, 2],
        ],
  );
});

import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { testEngine } from '../../test/support/engine.ts';
import { putSyncs } from '../store/syncs.ts';

test('a worker brings Mapp up to what producers said', async () => {
  const { store, mapp } = await testEngine({ flows: [] });
  const person = randomUUID();
  await store.db.insertInto('persons').values({ id: person }).execute();
  const email = 'ada@example.com';
  await store.db.insertInto('identifiers').values({ kind: 'email', value: email, display: email, person }).execute();
  const said = { person, job: 'source/shop', address: null, at: '2026-03-27T10:00:00.000Z' };
  await putSyncs(store.db, [{ ...said, target: 'attribute/Hobbies', value: 'chess' }]);
  await expect.poll(() => mapp.read('/journal')).toMatchObject([{ accepted: true, body: { email, Hobbies: 'chess' } }]);
  const states = () => store.db.selectFrom('syncs').select('state').execute();
  await expect.poll(states).toEqual([{ state: 'sent' }]);
});

import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { acceptEvents } from '../ingest/accept.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import { openStore, type Store } from './store.ts';

let plain: TestStore;
let sealed: Store | null = null;
beforeEach(async () => {
  plain = await testStore();
});
afterEach(async () => {
  await sealed?.close();
  await plain.close();
});

function bounced(email: string): CanonicalEvent {
  const time = '2026-03-27T10:00:00.000Z';
  const about = { name: 'bounced', id: email, dedupeKey: email, time, received: time, source: 'mapp', data: {} };
  return { ...about, contact: { email }, consent: { email: 'blocked' } };
}

test('where the store is encrypted an address that bounced is kept as identifiers are, those of before as well', async () => {
  await acceptEvents(plain, [bounced('Ada@Example.com')]);
  expect(await plain.db.selectFrom('consents').select('address').execute()).toEqual([{ address: 'ada@example.com' }]);
  sealed = await openStore(plain.url, { keys: [randomBytes(32)] });
  await acceptEvents(sealed, [bounced('bob@example.com')]);
  const rows = await sealed.db
    .selectFrom('consents')
    .innerJoin('identifiers', (join) =>
      join.onRef('identifiers.value', '=', 'consents.address').onRef('identifiers.person', '=', 'consents.person'),
    )
    .select(['identifiers.display', 'consents.address'])
    .orderBy('identifiers.display')
    .execute();
  expect(rows.map(({ display }) => display).sort()).toEqual(['Ada@Example.com', 'bob@example.com']);
  for (const { address } of rows) expect(address).toMatch(/^lookup:1:/);
});

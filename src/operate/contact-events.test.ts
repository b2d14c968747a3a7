import { expect, test } from 'vitest';
import { testStore } from '../../test/support/store.ts';
import { acceptEvents } from '../ingest/accept.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import { personsOf } from './contact.ts';
import { eventsOf } from './contact-events.ts';

test('what came for a contact, by the ids that producers gave it', async () => {
  const store = await testStore();
  const time = '2026-03-05T10:00:00.000Z';
  const came = (id: string, email: string): CanonicalEvent => {
    return { name: 'visit', id, dedupeKey: id, time, received: time, source: 'shop', data: {}, contact: { email } };
  };
  await acceptEvents(store, [came('v-1', 'ada@example.com'), came('v-2', 'bob@example.com')]);
  await acceptEvents(store, [came('v-3', 'ada@example.com')]);
  const persons = await personsOf(store, { kind: 'email', value: 'ada@example.com' });
  const about = { name: 'visit', source: 'shop', time, received: time, decided: null };
  expect(await eventsOf(store, persons, null)).toEqual([
    { id: 'v-1', ...about },
    { id: 'v-3', ...about },
  ]);
  expect(await eventsOf(store, persons, 1)).toEqual([{ id: 'v-3', ...about }]);
  await store.close();
});

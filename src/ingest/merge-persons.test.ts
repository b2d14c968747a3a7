import { afterEach, beforeEach, expect, test } from 'vitest';
import { type TestStore, testStore } from '../../test/support/store.ts';
import type { CanonicalEvent, Contact } from '../plan/event.ts';
import { acceptEvents } from './accept.ts';

let store: TestStore;
beforeEach(async () => {
  store = await testStore();
});
afterEach(() => store.close());

const event = (id: string, contact: Contact, fields: Partial<CanonicalEvent> = {}): CanonicalEvent => {
  const time = '2026-11-22T10:00:00.000Z';
  return { name: 'signup', id, dedupeKey: id, time, received: time, source: 'mp', data: {}, contact, ...fields };
};

test.each<[what: string, contact: Contact, to: Contact]>([
  ['beside the new one', { email: 'b@x.example', external_id: '7' }, { email: 'b@x.example' }],
  [
    'as new ones, too',
    { email: 'b@x.example', mobile: '+4915112345678' },
    { email: 'b@x.example', mobile: '+4915112345678' },
  ],
])(
  'several identifiers of somebody who becomes this person, named %s: one merge, no conflict',
  async (_, contact, to) => {
    await acceptEvents(store, [event('1', { email: 'a@x.example' }), event('2', contact)]);
    const change = event('3', contact, { identityChange: { from: { email: 'a@x.example' }, to } });
    expect((await acceptEvents(store, [change])).conflicts).toEqual([0]);
    const told = await store.db.selectFrom('identity_notes').select('what').orderBy('what').execute();
    expect(told.map(({ what }) => what)).toEqual(['changed', 'merged']);
    const rows = await store.db
      .selectFrom('identifiers')
      .select(['kind', 'person'])
      .where('former', '=', false)
      .execute();
    expect(rows.map(({ kind }) => kind).sort()).toEqual(Object.keys(contact).sort());
    expect(new Set(rows.map(({ person }) => person)).size).toBe(1);
  },
);

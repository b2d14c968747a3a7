/** Several processes at once tell of the same few people, in any order: what must hold whoever comes first. */
import { afterEach, expect, test } from 'vitest';
import { type TestStore, testStore } from '../../test/support/store.ts';
import type { CanonicalEvent, Contact } from '../plan/event.ts';
import { acceptEvents } from './accept.ts';
import { identityRequest } from './testing/identity-requests.ts';
import { random as randomOf } from './testing/mutations.ts';

let store: TestStore;
afterEach(() => store?.close());

const PROCESSES = 3;
const REQUESTS = 15;

/** Requests of one process. */
function requests(random: () => number, process: number): CanonicalEvent[][] {
  return Array.from({ length: REQUESTS }, (_, request) => identityRequest(random, `${process}/${request}`));
}

const isEmpty = (contact: Contact) => Object.keys(contact).length === 0;

test.each([1, 2, 3])('seed %i', async (seed) => {
  store = await testStore();
  const random = randomOf(seed);
  const syncs = (event: CanonicalEvent) => [
    { job: 'source/mp', target: 'attribute/Seen', value: event.id, address: null, at: event.time },
  ];
  const lanes = Array.from({ length: PROCESSES }, (_, process) => requests(random, process));
  const accepted = await Promise.all(
    lanes.map(async (lane) => {
      let count = 0;
      for (const events of lane) {
        const { outcomes } = await acceptEvents(store, events, [], { feedback: null, syncs, groups: null });
        expect(outcomes).toEqual(events.map(() => 'accepted'));
        count += events.length;
      }
      return count;
    }),
  );
  const { db } = store;
  const persons = await db.selectFrom('persons').select(['id', 'merged_into']).execute();
  const gone = new Set(persons.flatMap(({ id, merged_into }) => (merged_into === null ? [] : [id])));
  const inbox = await db.selectFrom('inbox').select(['person', 'event']).orderBy('id').execute();
  expect(inbox, 'every event once').toHaveLength(accepted.reduce((sum, one) => sum + one, 0));
  for (const { merged_into } of persons) expect(gone.has(merged_into ?? ''), 'a merge of a merge').toBe(false);
  for (const { person } of inbox) expect(gone.has(person), 'an undecided event of somebody merged').toBe(false);
  const syncsOf = await db.selectFrom('syncs').select(['person', 'state', 'at']).execute();
  for (const { person } of syncsOf) expect(gone.has(person), 'a sync of somebody merged').toBe(false);

  const identifiers = await db.selectFrom('identifiers').selectAll().execute();
  for (const { person } of identifiers) expect(gone.has(person), 'an identifier of somebody merged').toBe(false);
  const targets = new Set(persons.map(({ merged_into }) => merged_into));
  // What was taken away, and not replaced, says nothing of others of its kind.
  const removals = new Set(
    lanes.flat(2).flatMap(({ identityChange: change, time }) => (change && isEmpty(change.to) ? [time] : [])),
  );
  // Of a kind that was ever changed, the latest change says what the person has of it; a merge brings what others took away.
  for (const { person, kind, former, told_at } of identifiers) {
    const current = identifiers.filter((one) => one.person === person && one.kind === kind && !one.former);
    const told = current.filter((one) => one.told_at !== null);
    expect(told.length, `${kind} of ${person} by changes`).toBeLessThanOrEqual(1);
    const isRemoved = former && told_at !== null && removals.has(told_at.toISOString());
    if (told_at !== null && !isRemoved && told[0] !== undefined && !targets.has(person))
      expect(told[0].told_at! >= told_at, `${kind} of ${person}`).toBe(true);
  }
  // The newest word on everybody is the one that goes out.
  for (const { id } of persons.filter((one) => !gone.has(one.id))) {
    const newest = inbox.filter(({ person }) => person === id).map(({ event }) => event.time);
    const known = syncsOf.find(({ person }) => person === id);
    expect(known?.at.toISOString()).toBe(newest.sort().at(-1));
  }
});

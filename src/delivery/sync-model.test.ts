/**
 * Identities change, are merged and erased while a worker, which dies now and then, brings Mapp what producers said, in an order
 * drawn by lot. Once at rest, the contact of each person at Mapp has the last word on them, and nothing went out of who was erased.
 */
import { randomBytes } from 'node:crypto';
import { afterEach, expect, test } from 'vitest';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { acceptEvents } from '../ingest/accept.ts';
import { identityRequest } from '../ingest/testing/identity-requests.ts';
import { pick, random as randomOf } from '../ingest/testing/mutations.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import type { Project } from '../plan/project.ts';
import { clearStore, requestErasure } from '../store/erasures.ts';
import { createSealer } from '../system/seal.ts';
import { syncCalls } from './sync-calls.ts';
import { type DueSync, delaySyncs, settleSyncs, takeSyncs } from './sync-rows.ts';

const STEPS = 250;
const EXPORTS: NonNullable<Project['exports']> = {
  vips: {
    ...{ source: 'mp', audience: 'vips', identifier: { field: 'email', kind: 'email' }, attribute: 'vip' },
    ...{ group: { name: '10144', id: '10144' }, dynamic: false, existing_users: true, backfill_only: false },
  },
};
const FIELDS = { email: 'email', mobile: 'mobileNumber', external_id: 'externalID' } as const;

let store: TestStore;
afterEach(() => store?.close());

/** Every event tells of an attribute, and whether its person is in the audience. */
function syncs({ id, time }: CanonicalEvent) {
  const about = { address: null, at: time };
  return [
    { ...about, job: 'source/mp', target: 'attribute/Seen', value: id },
    { ...about, job: 'export/vips', target: 'member/10144/vip', value: String(Date.parse(time) % 3_000 > 0) },
  ];
}

test.each([1, 2, 3, 4])('seed %i', async (seed) => {
  const erases = seed % 2 === 0;
  store = await testStore({ keys: erases ? [randomBytes(32)] : [] });
  const { db } = store;
  const random = randomOf(seed);
  /** what each contact of Mapp has, by the field that names it */
  const mapp = new Map<string, { readonly [field: string]: unknown }>();
  /** ids of events of who was erased, and the contacts that Mapp has of them */
  const forgotten = new Set<unknown>();
  const left = new Set<string>();
  let inHand: readonly DueSync[] = [];

  const take = async () => {
    inHand = await takeSyncs(store, 1 + Math.floor(random() * 6));
    expect(inHand.filter(({ value }) => forgotten.has(value))).toEqual([]);
  };
  /** Mapp is away; the worker dies before its calls, or after them; or it writes down what Mapp answered. */
  const finish = async (fate: number) => {
    const { calls, done } = syncCalls(inHand, EXPORTS);
    await settleSyncs(store, done, null);
    const rows = calls.flatMap((call) => call.rows);
    if (fate < 0.1) return delaySyncs(store, rows, 0);
    if (fate < 0.2) return;
    if (fate < 0.3) return settle(rows, 'rejected', 'Mapp takes no such value');
    for (const { body } of calls) {
      const { email, mobileNumber, externalID, ...values } = body;
      const key = JSON.stringify({ email, mobileNumber, externalID });
      mapp.set(key, { ...mapp.get(key), ...values });
    }
    if (fate > 0.5) await settle(rows, 'sent', null);
  };
  const settle = (of: readonly DueSync[], state: 'sent' | 'rejected', reason: string | null) =>
    settleSyncs(
      store,
      of.map((row) => ({ row, state, reason })),
      null,
    );
  const forget = async () => {
    const persons = await db
      .selectFrom('persons')
      .select('id')
      .where('merged_into', 'is', null)
      .orderBy('created_at')
      .execute();
    if (persons.length === 0) return;
    const { id } = pick(persons, random);
    const rows = await db
      .selectFrom('inbox')
      .innerJoin('persons', 'persons.id', 'person')
      .select('event')
      .where((eb) => eb.or([eb('persons.id', '=', id), eb('merged_into', '=', id)]))
      .execute();
    for (const { event } of rows) forgotten.add(event.id);
    for (const { kind, display } of await db.selectFrom('identifiers').selectAll().where('person', '=', id).execute())
      left.add(`${kind} ${display}`);
    await clearStore(store, createSealer([]), (await requestErasure(db, [id], 'mp'))!);
  };
  const giveBack = () =>
    db
      .updateTable('syncs')
      .set({ due_at: new Date(0) })
      .where('state', '=', 'due')
      .execute();

  for (let step = 0; step < STEPS; step += 1) {
    const lot = random();
    if (lot < 0.5) {
      const events = identityRequest(random, String(step));
      const beside = { feedback: null, syncs, groups: null };
      expect((await acceptEvents(store, events, [], beside)).outcomes).toEqual(events.map(() => 'accepted'));
    } else if (lot < 0.58 && erases) await forget();
    else if (inHand.length === 0) await take();
    else {
      await finish(random());
      inHand = [];
      await giveBack();
    }
  }
  await giveBack();
  if (inHand.length > 0) await finish(1);
  for (await take(); inHand.length > 0; await take()) await finish(1);

  const rows = await db.selectFrom('syncs').selectAll().execute();
  const identifiers = await db
    .selectFrom('identifiers')
    .selectAll()
    .where('former', '=', false)
    .orderBy('since')
    .orderBy('value')
    .execute();
  for (const { person, target, value, state } of rows) {
    const isMember = target.startsWith('member/');
    const kinds = isMember ? (['email'] as const) : (['email', 'mobile', 'external_id'] as const);
    const all = kinds.map((kind) => identifiers.findLast((one) => one.person === person && one.kind === kind));
    const [known] = all.filter((one) => one !== undefined);
    if (known === undefined) expect(state).toBe('skipped');
    if (known === undefined || state === 'rejected') continue;
    expect(state).toBe('sent');
    const { kind, display } = known;
    const has = mapp.get(JSON.stringify({ [FIELDS[kind as keyof typeof FIELDS]]: display }));
    if (!isMember) expect(has?.Seen, `of ${person} at ${display}`).toBe(value);
    else if (value === 'true') expect(has?.['10144:vip'], `of ${person} at ${display}`).toBe('true');
    // Who is not inside need not be told of; an address of somebody erased may be.
    else if (!left.has(`${kind} ${display}`)) expect(has?.['10144:vip'], `of ${person} at ${display}`).not.toBe('true');
  }
});

/** Where Mapp's contact becomes another one while producers' words are on their way: nothing stays with the old one only. */
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type DeliveryWorld, deliveryWorld } from '../../test/support/delivery.ts';
import { acceptEvents } from '../ingest/accept.ts';
import type { CanonicalEvent, Contact } from '../plan/event.ts';
import { clearStore, requestErasure } from '../store/erasures.ts';
import { HEARD_CHANGES } from '../store/heard-changes.ts';
import { json } from '../store/store.ts';
import { type PersonSync, putSyncs } from '../store/syncs.ts';
import { createSealer } from '../system/seal.ts';
import { loneTurns } from './call-turns.ts';
import { sharedRate } from './rate.ts';
import { createSyncSender } from './sync.ts';
import { settleSyncs, takeSyncs } from './sync-rows.ts';

let world: DeliveryWorld;
let send: () => Promise<unknown>;
beforeAll(async () => {
  world = await deliveryWorld();
  send = createSyncSender({
    store: world.store,
    connect: world.client(),
    turns: loneTurns({ rate: sharedRate(world.store, 'connect', 1_000), random: () => 0 }),
    exports: {},
    groups: null,
    log: (message) => void world.log.push(message),
  });
});
afterAll(() => world.close());
beforeEach(() => world.store.db.deleteFrom('syncs').execute());

const put = (person: string, ...writes: Partial<PersonSync>[]) =>
  putSyncs(
    world.store.db,
    writes.map((write) => ({
      ...{ person, target: 'attribute/City', job: 'source/mparticle', value: 'Berlin', address: null },
      ...{ at: '2026-03-27T10:00:00.000Z', ...write },
    })),
  );
/** what Mapp has taken since, without the number of events before */
async function taken(work: () => Promise<unknown> = send) {
  const before = (await world.taken()).length;
  await work();
  return (await world.taken()).slice(before);
}
let count = 0;
const told = (contact: Contact, fields: Partial<CanonicalEvent> = {}) => {
  const id = `told-${++count}`;
  const time = new Date().toISOString();
  const about = { name: 'seen', id, dedupeKey: id, time, received: time, source: 'mparticle', data: {} };
  return acceptEvents(world.store, [{ ...about, contact, ...fields }]);
};
const moved = (from: Contact, to: Contact) => told({ ...from, ...to }, { name: 'moved', identityChange: { from, to } });
/** As a worker would whose call was answered. */
const answered = (
  rows: Awaited<ReturnType<typeof takeSyncs>>,
  state: 'sent' | 'skipped' | 'rejected',
  reason: string | null,
) =>
  settleSyncs(
    world.store,
    rows.map((row) => ({ row, state, reason })),
    null,
  );

test('an address that changes while a value is on its way to the old one: it goes to the new one, too', async () => {
  const [email, other] = ['under-way@example.com', 'arrived@example.com'];
  const person = await world.person({ email });
  await put(person, {}, { target: 'group/10145', value: true }, { target: 'group/10146', value: false });
  const rows = await takeSyncs(world.store, 10);
  await moved({ email }, { email: other });
  await answered(rows, 'sent', null);
  expect(await taken()).toEqual([
    { email: other, group: '10145' },
    { email: other, City: 'Berlin' },
  ]);
});

test('a stronger identifier that comes meanwhile: the same', async () => {
  const mobile = '+4915112345678';
  const person = await world.person({ mobile });
  await put(person, {});
  const rows = await takeSyncs(world.store, 10);
  await told({ mobile, email: 'stronger@example.com' });
  await answered(rows, 'sent', null);
  expect(await taken()).toEqual([{ email: 'stronger@example.com', City: 'Berlin' }]);
});

test('an address that comes while its absence is written down', async () => {
  const person = await world.person({ external_id: 'absent-1' });
  await put(person, {});
  const rows = await takeSyncs(world.store, 10);
  await told({ external_id: 'absent-1', email: 'present@example.com' });
  await answered(rows, 'skipped', 'no_address');
  expect(await taken()).toEqual([{ email: 'present@example.com', City: 'Berlin' }]);
});

test('a stronger identifier that is named beside a change of another', async () => {
  const [mobile, email] = ['+4915111223344', 'beside@example.com'];
  const person = await world.person({ mobile });
  await put(person, {});
  await taken();
  const to = { external_id: 'beside-1' };
  await told({ mobile, email, ...to }, { name: 'moved', identityChange: { from: {}, to } });
  expect(await taken()).toEqual([{ email, City: 'Berlin' }]);
});

test('who is merged brings what was sent to a contact of their own: it goes to the one that remains', async () => {
  const [email, mobile, external_id] = ['remains@example.com', '+4915187654321', 'merged-1'];
  await world.person({ email });
  const merged = await world.person({ mobile, external_id });
  await put(merged, {});
  expect(await taken()).toEqual([{ mobileNumber: mobile, City: 'Berlin' }]);
  await told({ email }, { name: 'moved', identityChange: { from: {}, to: { external_id } } });
  expect(await taken()).toEqual([{ email, City: 'Berlin' }]);
});

test('an address of before: the contact, which was told then, is told of what was left since', async () => {
  const [email, other] = ['returns@example.com', 'away@example.com'];
  const person = await world.person({ email });
  await put(person, { target: 'group/10145', value: true });
  await taken();
  await moved({ email }, { email: other });
  await put(person, { target: 'group/10145', value: false, at: '2026-03-28T10:00:00.000Z' });
  expect(await taken()).toEqual([{ email: other, group: '10145', delete: 'true' }]);
  await moved({ email: other }, { email });
  expect(await taken()).toEqual([{ email, group: '10145', delete: 'true' }]);
});

test('who left a group, and turns out to have an address that had joined it, leaves it there, too', async () => {
  const [email, external_id] = ['joined@example.com', 'left-1'];
  const remains = await world.person({ external_id });
  const merged = await world.person({ email });
  await put(merged, { target: 'group/10145', value: true });
  await put(remains, { target: 'group/10145', value: false, at: '2026-03-28T10:00:00.000Z' });
  await taken();
  await told({ external_id }, { name: 'moved', identityChange: { from: {}, to: { email } } });
  expect(await taken()).toEqual([{ email, group: '10145', delete: 'true' }]);
});

test('who is merged while they join a group: whoever remains joins it, and flows hear of that once', async () => {
  const [email, mobile] = ['joins@example.com', '+4915133344455'];
  const remains = await world.person({ email });
  const merged = await world.person({ mobile });
  const heard = { key: HEARD_CHANGES, value: json(['group_joined']) };
  await world.store.db.insertInto('meta').values(heard).execute();
  await put(merged, { target: 'group/10145', value: true });
  const rows = await takeSyncs(world.store, 10);
  await told({ email }, { name: 'moved', identityChange: { from: {}, to: { mobile } } });
  await answered(rows, 'sent', null);
  expect(await taken()).toEqual([{ email, group: '10145' }]);
  await world.store.db.deleteFrom('meta').where('key', '=', HEARD_CHANGES).execute();
  const people = [remains, merged];
  const events = world.store.db.selectFrom('inbox').select('person').where('name', '=', 'group_joined');
  expect(await events.where('person', 'in', people).execute()).toEqual([{ person: remains }]);
  const member = world.store.db.selectFrom('memberships').select(['person', 'member']);
  expect(await member.where('person', 'in', people).execute()).toEqual([{ person: remains, member: true }]);
});

test('who is forgotten while Mapp refuses their value costs nobody else theirs', async () => {
  const [gone, stays] = [
    await world.person({ email: 'gone@example.com' }),
    await world.person({ email: 'stays@example.com' }),
  ];
  for (const person of [gone, stays]) await put(person, {});
  const rows = await takeSyncs(world.store, 10);
  await clearStore(world.store, createSealer([]), (await requestErasure(world.store.db, [gone], 'cli'))!);
  await answered(rows, 'rejected', 'Mapp refuses the value');
  const known = await world.store.db.selectFrom('syncs').select(['person', 'state', 'reason']).execute();
  expect(known).toEqual([{ person: stays, state: 'rejected', reason: 'Mapp refuses the value' }]);
});

test('a change that says what is known already, or adds a weaker identifier, sends nothing again', async () => {
  const email = 'known@example.com';
  const person = await world.person({ email, external_id: 'known-1' });
  await put(person, {});
  await taken();
  await told({ email, external_id: 'known-1' }, { name: 'moved', identityChange: { from: {}, to: { email } } });
  expect(await taken()).toEqual([]);
  await told({ email }, { name: 'moved', identityChange: { from: {}, to: { mobile: '+4915155667788' } } });
  expect(await taken()).toEqual([]);
});

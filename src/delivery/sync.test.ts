import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type DeliveryWorld, deliveryWorld } from '../../test/support/delivery.ts';
import { testStore } from '../../test/support/store.ts';
import { acceptEvents } from '../ingest/accept.ts';
import type { Project } from '../plan/project.ts';
import type { Export } from '../plan/sync.ts';
import { beginExports, exportProgress } from '../store/exports.ts';
import { HEARD_CHANGES } from '../store/heard-changes.ts';
import { writeInbox } from '../store/inbox.ts';
import { json, openStore } from '../store/store.ts';
import { mergeSyncs, type PersonSync, putMembers, putSyncs } from '../store/syncs.ts';
import { loneTurns } from './call-turns.ts';
import { sharedRate } from './rate.ts';
import { createSyncSender } from './sync.ts';
import { settleSyncs, takeSyncs } from './sync-rows.ts';

let world: DeliveryWorld;
beforeAll(async () => {
  world = await deliveryWorld();
});
afterAll(() => world.close());
beforeEach(async () => {
  await world.store.db.deleteFrom('syncs').execute();
  await world.faults();
});

const VIPS: Export = {
  source: 'lytics',
  audience: 'vip_customers',
  identifier: { field: 'email', kind: 'email' },
  group: { name: 'customers', id: '10144' },
  attribute: 'vip',
  dynamic: false,
  existing_users: true,
  backfill_only: false,
};

const sender = (exports: NonNullable<Project['exports']> = {}) =>
  createSyncSender({
    store: world.store,
    connect: world.client(),
    turns: loneTurns({ rate: sharedRate(world.store, 'connect', 1_000), random: () => 0 }),
    exports,
    groups: { customers: '10145' },
    log: (message) => void world.log.push(message),
  });

let count = 0;
const someone = () => world.person({ email: `s${++count}@example.com`, external_id: `x${count}` });
const put = (...writes: Partial<PersonSync>[]) =>
  putSyncs(
    world.store.db,
    writes.map((write) => ({
      target: 'attribute/City',
      job: 'source/mparticle',
      value: 'Berlin',
      address: null,
      at: '2026-03-27T10:00:00.000Z',
      person: '',
      ...write,
    })),
  );
const rowsOf = () => world.store.db.selectFrom('syncs').selectAll().orderBy('target').execute();
/** what Mapp has taken since, without the number of events before */
async function takenBy(work: () => Promise<unknown>) {
  const before = (await world.taken()).length;
  await work();
  return (await world.taken()).slice(before);
}

test('attributes of one person share an event, groups have their own and come first', async () => {
  const person = await someone();
  await put(
    { person },
    { person, target: 'attribute/Tags', value: ['a', 'b'] },
    { person, target: 'attribute/Street', value: null },
    { person, target: 'member/10144/vip', value: 'true' },
    { person, target: 'group/10145', value: true },
    { person, target: 'group/10146', value: false },
    { person, target: 'consent/10147', value: false },
  );
  const email = `s${count}@example.com`;
  expect(await takenBy(sender())).toEqual([
    { email, group: '10147', unsubscribe: 'true' },
    { email, group: '10145' },
    { email, group: '10146', delete: 'true' },
    { email, City: 'Berlin', Street: '', Tags: '["a","b"]', '10144:vip': 'true' },
  ]);
  expect((await rowsOf()).map(({ state }) => state)).toEqual(Array(7).fill('sent'));
  const groups = await world.store.db
    .selectFrom('memberships')
    .selectAll()
    .where('person', '=', person)
    .orderBy('group_id')
    .execute();
  expect(groups.map(({ group_id, member }) => [group_id, member])).toEqual([
    ['10145', true],
    ['10146', false],
    ['10147', false],
  ]);
  expect(await takenBy(sender())).toEqual([]);
});

test('flows that listen for groups hear of them by their names in the catalogue', async () => {
  const person = await someone();
  const meta = { key: HEARD_CHANGES, value: json(['group_joined', 'group_left']) };
  await world.store.db.insertInto('meta').values(meta).execute();
  await put({ person, target: 'group/10145', value: true }, { person, target: 'group/10146', value: true });
  await sender()();
  await world.store.db.deleteFrom('meta').where('key', '=', HEARD_CHANGES).execute();
  const told = await world.store.db.selectFrom('inbox').select('event').where('person', '=', person).execute();
  // A group that the catalogue does not list goes by its id.
  expect(told.map(({ event }) => [event.name, event.data.group]).sort()).toEqual([
    ['group_joined', '10146'],
    ['group_joined', 'customers'],
  ]);
});

test('the newest word by the producer wins, whatever the order of arrival; the same value goes out once', async () => {
  const person = await someone();
  await put({ person, value: 'Rome', at: '2026-03-27T12:00:00.000Z' });
  await put({ person, value: 'Paris', at: '2026-03-27T11:00:00.000Z' });
  const send = sender();
  expect(await takenBy(send)).toMatchObject([{ City: 'Rome' }]);
  await put({ person, value: 'Rome', at: '2026-03-27T13:00:00.000Z' });
  await put({ person, value: 'Oslo', at: '2026-03-27T12:30:00.000Z' });
  expect(await takenBy(send)).toEqual([]);
  await put({ person, value: 'Oslo', at: '2026-03-27T14:00:00.000Z' });
  expect(await takenBy(send)).toMatchObject([{ City: 'Oslo' }]);
});

test('a value that comes while an older one is on its way goes out after it', async () => {
  const person = await someone();
  await put({ person, value: 'Rome' });
  const [row] = await takeSyncs(world.store, 10);
  await put({ person, value: 'Oslo', at: '2026-03-27T11:00:00.000Z' });
  expect(await takeSyncs(world.store, 10)).toEqual([]);
  await settleSyncs(world.store, [{ row: row!, state: 'sent', reason: null }], null);
  expect(await takenBy(sender())).toMatchObject([{ City: 'Oslo' }]);
});

test('many people share a call, and one that Mapp refuses costs nobody else theirs', async () => {
  const persons = await Promise.all(Array.from({ length: 20 }, someone));
  await put(...persons.map((person, n) => ({ person, value: n === 7 ? 'poison' : `city ${n}` })));
  await world.faults({ poison: 'poison' });
  const taken = await takenBy(sender());
  expect(taken).toHaveLength(19);
  const states = (await rowsOf()).map(({ state }) => state).sort();
  expect(states).toEqual(['rejected', ...Array(19).fill('sent')]);
});

test('several that Mapp refuses are found too, and attributes of one person one by one', async () => {
  const persons = await Promise.all(Array.from({ length: 60 }, someone));
  await put(
    ...persons.flatMap((person, n) => [
      { person, value: n % 6 === 0 ? 'poison' : `city ${n}` },
      { person, target: 'attribute/Zip', value: `${n}` },
    ]),
  );
  await world.faults({ poison: 'poison' });
  const taken = await takenBy(sender());
  expect(taken.filter(({ City }) => City !== undefined)).toHaveLength(50);
  expect(taken.filter(({ Zip }) => Zip !== undefined)).toHaveLength(60);
  const states = (await rowsOf()).map(({ state }) => state);
  expect([states.filter((one) => one === 'rejected').length, states.length]).toEqual([10, 120]);
});

test('trouble at Mapp delays, and loses nothing', async () => {
  const person = await someone();
  await put({ person });
  await world.faults({ status: 500, times: 1 });
  const { pauseMs } = await sender()();
  expect(pauseMs).toBeGreaterThan(0);
  expect(await rowsOf()).toMatchObject([{ state: 'due', tries: 1 }]);
  await world.store.db
    .updateTable('syncs')
    .set({ due_at: new Date(0) })
    .execute();
  expect(await takenBy(sender())).toMatchObject([{ City: 'Berlin' }]);
});

test('an export names people by its own identifier only', async () => {
  const person = await world.person({ external_id: 'only-external' });
  await put({ person, job: 'export/vips', target: 'member/10144/vip', value: 'true' });
  expect(await takenBy(sender({ vips: VIPS }))).toEqual([]);
  expect(await rowsOf()).toMatchObject([{ state: 'skipped', reason: 'no_address' }]);
  await put({
    person,
    job: 'export/vips',
    target: 'member/10144/vip',
    value: 'true',
    address: { email: 'own@example.com' },
  });
  expect(await takenBy(sender({ vips: VIPS }))).toEqual([
    { email: 'own@example.com', group: '10144', skipUnsubscribers: 'true', '10144:vip': 'true' },
  ]);
});

test('an export begins with the members that are known, once for each declaration', async () => {
  const [inside, outside] = [await someone(), await someone()];
  const about = (person: string, name: string, time: string) => ({
    person,
    event: {
      ...{ name, id: `${person} ${time}`, dedupeKey: `${person} ${time}`, time, received: time, source: 'lytics' },
      ...{ data: { audience: 'vip_customers' }, contact: {} },
    },
  });
  await writeInbox(world.store.db, [
    about(inside, 'audience_entered', '2026-03-27T10:00:00.000Z'),
    about(outside, 'audience_entered', '2026-03-27T10:00:00.000Z'),
    about(outside, 'audience_exited', '2026-03-27T11:00:00.000Z'),
  ]);
  await beginExports(world.store, { later: { ...VIPS, existing_users: false }, vips: VIPS });
  expect(await exportProgress(world.store.db, 'vips')).toEqual({ due: 1, sent: 0, rejected: 0, skipped: 0 });
  expect(await takenBy(sender({ vips: VIPS }))).toMatchObject([{ '10144:vip': 'true' }]);
  await beginExports(world.store, { vips: VIPS });
  expect(await exportProgress(world.store.db, 'vips')).toEqual({ due: 0, sent: 1, rejected: 0, skipped: 0 });
  await beginExports(world.store, { vips: { ...VIPS, attribute: 'important' } });
  expect(await exportProgress(world.store.db, 'vips')).toMatchObject({ due: 1 });
});

test('what was said of two who are one person: the newer word of each place', async () => {
  const [remains, merged] = [await someone(), await someone()];
  await put(
    { person: remains, value: 'Rome', at: '2026-03-27T12:00:00.000Z' },
    { person: merged, value: 'Oslo', at: '2026-03-27T11:00:00.000Z' },
    { person: merged, target: 'attribute/Zip', value: '00100', at: '2026-03-27T11:00:00.000Z' },
  );
  await world.store.db.transaction().execute((trx) => mergeSyncs(trx, remains, merged));
  expect((await rowsOf()).map(({ person, target, value }) => [person, target, value])).toEqual([
    [remains, 'attribute/City', 'Rome'],
    [remains, 'attribute/Zip', '00100'],
  ]);
});

test('words that several processes hear at once, in any order: the newest stands', async () => {
  const other = await openStore(world.store.url, { keys: world.store.keys });
  const persons = await Promise.all(Array.from({ length: 5 }, someone));
  const at = (minute: number) => `2026-03-27T10:${String(minute).padStart(2, '0')}:00.000Z`;
  const write = (person: string, minute: number) => ({
    ...{ person, target: 'attribute/City', job: 'source/mparticle', address: null },
    ...{ value: `city ${minute}`, at: at(minute) },
  });
  const minutes = Array.from({ length: 30 }, (_, n) => (n * 7) % 30);
  await Promise.all(
    minutes.map((minute, n) =>
      putSyncs(
        (n % 2 === 0 ? world.store : other).db,
        persons.toReversed().map((person) => write(person, minute)),
      ),
    ),
  );
  await other.close();
  expect((await rowsOf()).map(({ value }) => value)).toEqual(Array(5).fill('city 29'));
});

test('in an encrypted store: members are found, and addresses opened', async () => {
  const store = await testStore({ keys: [Buffer.alloc(32, 3)] });
  const time = '2026-03-27T10:00:00.000Z';
  const about = { name: 'audience_entered', id: 'e-1', dedupeKey: 'e-1', time, received: time, source: 'lytics' };
  await acceptEvents(store, [{ ...about, data: { audience: 'vip' }, contact: { email: 'sealed@example.com' } }]);
  const place = { job: 'export/vips', target: 'member/10144/vip', value: 'true' };
  expect(await putMembers(store.db, { source: 'lytics', audience: 'vip' }, place)).toBe(1);
  expect(await takeSyncs(store, 10)).toMatchObject([{ contact: { email: 'sealed@example.com' }, value: 'true' }]);
  await store.close();
});

const told = (contact: object, fields: object = {}) => {
  const time = new Date().toISOString();
  const id = `identity-${++count}`;
  const event = {
    name: 'seen',
    id,
    dedupeKey: id,
    time,
    received: time,
    source: 'mparticle',
    data: {},
    contact,
    ...fields,
  };
  return acceptEvents(world.store, [event]);
};

test('a changed address is another contact of Mapp: what was told goes out again, to the new one alone', async () => {
  const person = await someone();
  const old = `s${count}@example.com`;
  await put(
    { person },
    { person, target: 'group/10145', value: true },
    { person, target: 'group/10146', value: false },
    { person, target: 'member/10144/vip', job: 'export/vips', value: 'true' },
    { person, target: 'member/10144/out', job: 'export/out', value: 'false' },
    { person, target: 'member/10144/own', job: 'export/vips', value: 'true', address: { email: 'own@example.com' } },
  );
  const send = sender({ vips: VIPS, out: { ...VIPS, attribute: 'out' } });
  await takenBy(send);
  const email = `new-${old}`;
  await told({ email }, { name: 'moved', identityChange: { from: { email: old }, to: { email } } });
  expect(await takenBy(send)).toEqual([
    { email, group: '10145' },
    { email, City: 'Berlin' },
    { email, group: '10144', skipUnsubscribers: 'true', '10144:vip': 'true' },
  ]);
});

test('what had no address goes out as soon as there is one', async () => {
  count += 1;
  const [email, mobile] = [`late${count}@example.com`, `+4917012345${count}`];
  const person = await world.person({ mobile });
  const vip = { person, target: 'member/10144/vip', job: 'export/vips', value: 'true' } as const;
  await put(vip, { person });
  const send = sender({ vips: VIPS });
  await takenBy(send);
  expect((await rowsOf()).map(({ state }) => state)).toEqual(['sent', 'skipped']);
  await told({ mobile, external_id: `late-${count}` });
  expect(await takenBy(send), 'no other contact of Mapp').toEqual([]);
  await told({ mobile, email });
  expect(await takenBy(send)).toEqual([
    { email, City: 'Berlin' },
    { email, group: '10144', skipUnsubscribers: 'true', '10144:vip': 'true' },
  ]);
  expect((await rowsOf()).map(({ state }) => state)).toEqual(['sent', 'sent']);
});

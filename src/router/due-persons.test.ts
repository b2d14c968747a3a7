import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { arrive, person } from '../../test/support/router/fixtures.ts';
import { type TestStore, testStore } from '../../test/support/store.ts';
import type { DateEntry, DueRequest, ScheduleEntry } from '../plan/timed-entry.ts';
import { sealAttributes } from '../store/crypto/seal-values.ts';
import { vaultOf } from '../store/crypto/vault.ts';
import { json } from '../store/store.ts';
import { createTimedActivities } from './enter-due.ts';

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

let flows = 0;
/** Names of the persons for whom the entry is due, by asking as the workflow does. */
async function due(at: string, entry: { date?: DateEntry; schedule?: ScheduleEntry }, flow = `flow-${++flows}`) {
  const { enterDue } = createTimedActivities(store, 'TimeZone');
  const request: DueRequest = { flow, ...entry, at: new Date(at).toISOString(), after: null };
  expect(await enterDue(request)).toBeNull();
  expect(await enterDue(request)).toBeNull();
  const rows = await store.db
    .selectFrom('inbox')
    .innerJoin('identifiers', 'identifiers.person', 'inbox.person')
    .select(['display', 'event', 'received_at'])
    .where('source', '=', 'flows')
    .execute();
  const own = rows.filter(({ event }) => event.flow === flow);
  for (const { event } of own) expect(event).toMatchObject({ flow, time: request.at, received: request.at });
  return own.map(({ display }) => display).sort();
}

async function known(name: string, attributes: { [name: string]: string }): Promise<string> {
  const id = await person(store, { external_id: name });
  const at = new Date(0).toISOString();
  const stored = Object.entries(attributes).map(([key, value]) => [key, { value, at, by: 'shop' }] as const);
  const [sealed] = await sealAttributes(vaultOf(store.db), [{ person: id, attributes: Object.fromEntries(stored) }]);
  await store.db
    .updateTable('persons')
    .set({ attributes: json(sealed) })
    .where('id', '=', id)
    .execute();
  return id;
}

describe('dates', () => {
  const nine: DateEntry = {
    attribute: 'Birthday',
    at: 540,
    timezone: 'Europe/Berlin',
    outer: 'Europe/Berlin',
    yearly: true,
  };
  beforeAll(async () => {
    await known('may', { Birthday: '1990-05-04', TimeZone: 'America/New_York' });
    await known('leap', { Birthday: '1992-02-29' });
    await known('young', { Birthday: '2026-05-04T13:00:00Z' });
    await known('unborn', { Birthday: '2027-05-04' });
    await known('broken', { Birthday: '1990-05-44' });
    await known('none', { Birthday: 'in 05-04' });
  });

  test('come round every year at the clock time of the zone, once', async () => {
    expect(await due('2026-05-04T09:00:00+02:00', { date: nine })).toEqual(['may', 'young']);
    expect(await due('2026-05-05T09:00:00+02:00', { date: nine })).toEqual([]);
    expect(await due('2026-02-28T09:00:00+01:00', { date: nine })).toEqual(['leap']);
    expect(await due('2028-02-29T09:00:00+01:00', { date: nine })).toEqual(['leap']);
    expect(await due('2026-05-04T09:00:00+02:00', { date: { ...nine, yearly: false } })).toEqual(['young']);
  });

  test('are moved by an offset and to a weekday', async () => {
    const week = { ...nine, offset: { months: 0, days: -7, ms: 0 } };
    expect(await due('2026-04-27T09:00:00+02:00', { date: week })).toEqual(['may', 'young']);
    const month = { ...nine, offset: { months: 3, days: 0, ms: 0 } };
    expect(await due('2026-08-04T09:00:00+02:00', { date: month })).toEqual(['may', 'young']);
    // 4 May 2026 is a Monday
    expect(await due('2026-05-08T09:00:00+02:00', { date: { ...nine, weekdays: [5] } })).toEqual(['may', 'young']);
  });

  test("go by the contact's own clock, looked at every quarter of an hour", async () => {
    const own = { ...nine, timezone: 'contact' };
    expect(await due('2026-05-04T09:00:00+02:00', { date: own })).toEqual(['young']);
    expect(await due('2026-05-04T08:45:00-04:00', { date: own })).toEqual([]);
    expect(await due('2026-05-04T09:00:00-04:00', { date: own })).toEqual(['may']);
  });
});

/** A group that one has joined and another left. */
async function group(id: string, { joined, left }: { readonly joined: string; readonly left: string }): Promise<void> {
  const row = { group_id: id, at: new Date(0) };
  await store.db
    .insertInto('memberships')
    .values([
      { ...row, person: joined, member: true },
      { ...row, person: left, member: false },
    ])
    .execute();
}

describe('schedules', () => {
  const at = '2026-05-04T09:00:00+02:00';

  test('are for the members of a group, or only for those who are new to the flow', async () => {
    const joined = await known('member', {});
    const left = await known('left', {});
    await group('10144', { joined, left });
    const schedule: ScheduleEntry = { cron: '0 9 * * *', timezone: 'Europe/Berlin', group: '10144' };
    expect(await due(at, { schedule })).toEqual(['member']);
    expect(await due('2026-05-05T09:00:00+02:00', { schedule: { ...schedule, only: 'new' } })).toEqual(['member']);
    await store.db
      .insertInto('plans')
      .values({ hash: 'p', flow: 'seen', plan: json({}) })
      .execute();
    await store.db
      .insertInto('entries')
      .values({
        ...{ id: joined, flow: 'seen', person: joined, key: '', ordinal: 1, workflow_id: 'seen/1', hash: 'p' },
        ...{ mode: 'once', listens: [], event: json({}), entered_at: new Date() },
      })
      .execute();
    expect(await due(at, { schedule: { ...schedule, only: 'new' } }, 'seen')).toEqual([]);
  });

  test('are for who is in an audience: its latest event tells', async () => {
    const [here, gone] = [await known('here', {}), await known('gone', {})];
    const enter = (id: string, time: string) =>
      arrive(store, id, 'audience_entered', { data: { audience: 'vips' }, time });
    await enter(here, '2026-01-02T00:00:00Z');
    await arrive(store, here, 'audience_exited', { data: { audience: 'vips' }, time: '2026-01-01T00:00:00Z' });
    await enter(gone, '2026-01-01T00:00:00Z');
    await arrive(store, gone, 'audience_exited', { data: { audience: 'vips' }, time: '2026-01-03T00:00:00Z' });
    const schedule: ScheduleEntry = { moment: '2026-05-04T09:00', timezone: 'Europe/Berlin', audience: 'vips' };
    expect(await due(at, { schedule })).toEqual(['here']);
  });

  test('of somebody who was two persons the latest word counts, and test traffic for nothing', async () => {
    const [remains, merged, tested] = [await known('one', {}), await person(store), await known('tested', {})];
    const data = { audience: 'merged' };
    await arrive(store, merged, 'audience_entered', { data, time: '2026-01-01T00:00:00Z' });
    await arrive(store, remains, 'audience_exited', { data, time: '2026-01-02T00:00:00Z' });
    await arrive(store, tested, 'audience_entered', { data, development: true });
    await group('10149', { joined: merged, left: remains });
    await store.db.updateTable('persons').set({ merged_into: remains }).where('id', '=', merged).execute();
    const schedule: ScheduleEntry = { moment: '2026-05-04T09:00', timezone: 'Europe/Berlin' };
    expect(await due(at, { schedule: { ...schedule, audience: 'merged' } })).toEqual([]);
    expect(await due(at, { schedule: { ...schedule, group: '10149' } })).toEqual([]);
    await arrive(store, merged, 'audience_entered', { data, time: '2026-01-03T00:00:00Z' });
    expect(await due(at, { schedule: { ...schedule, audience: 'merged' } })).toEqual(['one']);
  });
});

import type { Client } from '@temporalio/client';
import { sql } from 'kysely';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { testStore } from '../../test/support/store.ts';
import type { RunPosition } from '../plan/notice.ts';
import type { Store } from '../store/store.ts';
import { parseContact, personsOf } from './contact.ts';
import { countDeliveries, latestDeliveries, listDeliveries } from './deliveries.ts';
import { latestRuns, listRuns, runPages } from './list-runs.ts';
import { parseSince } from './since.ts';
import { seedDelivery, seedFlow, seedRun } from './testing/seed.ts';
import { showRun } from './timeline.ts';
import { printedLine } from './timeline-text.ts';

const AWAY = async () => null;
let store: Store;
beforeEach(async () => {
  store = await testStore();
  await seedFlow(store);
});
afterEach(() => store.close());

test('runs: where each person is, from the stored rows', async () => {
  await seedRun(store, {
    email: 'Ada@example.com',
    entered: '2026-03-01T10:00:00.000Z',
    position: {
      status: 'waiting',
      step: 'wait_1',
      kind: 'wait',
      since: '2026-03-01T10:00:01.000Z',
      next: 'until tomorrow',
    },
  });
  await seedRun(store, { email: 'bob@example.com', entered: '2026-03-02T10:00:00.000Z' });
  await seedRun(store, {
    email: 'cy@example.com',
    entered: '2026-03-03T10:00:00.000Z',
    closed: { outcome: 'exited', reason: 'lost', at: '2026-03-04T10:00:00.000Z' },
  });
  await seedRun(store, {
    email: 'di@example.com',
    entered: '2026-03-04T10:00:00.000Z',
    closed: { outcome: 'terminated', reason: 'by hand', at: '2026-03-05T10:00:00.000Z' },
  });
  const rows = await listRuns(store, AWAY, {});
  expect(rows.map((row) => [row.contact.email, row.state, row.step, row.since, row.reason])).toEqual([
    ['Ada@example.com', 'waiting', 'wait_1', '2026-03-01T10:00:01.000Z', null],
    ['bob@example.com', 'running', null, '2026-03-02T10:00:00.000Z', null],
    ['cy@example.com', 'exited', null, '2026-03-04T10:00:00.000Z', 'lost'],
    ['di@example.com', 'failed', null, '2026-03-05T10:00:00.000Z', 'by hand'],
  ]);
  expect((await listRuns(store, AWAY, { state: 'waiting' })).map((row) => row.contact.email)).toEqual([
    'Ada@example.com',
  ]);
  expect(await listRuns(store, AWAY, { flow: 'other' })).toEqual([]);
});

test('runs of a contact: the address in any spelling, and of those merged into the person', async () => {
  const old = await seedRun(store, { email: 'old@example.com', entered: '2026-03-01T10:00:00.000Z' });
  const now = await seedRun(store, { email: 'ada@example.com', entered: '2026-03-02T10:00:00.000Z' });
  await store.db.updateTable('persons').set({ merged_into: now.person }).where('id', '=', old.person).execute();
  const persons = await personsOf(store, parseContact('email= ADA@example.com'));
  expect(new Set(persons)).toEqual(new Set([old.person, now.person]));
  const rows = await listRuns(store, AWAY, { persons });
  expect(rows.map((row) => row.contact.email)).toEqual(['ada@example.com', 'ada@example.com']);
  expect(await personsOf(store, parseContact('email=nobody@example.com'))).toEqual([]);
  expect(() => parseContact('e-mail=x')).toThrow(/mapp_id, email, mobile, external_id/);
  expect(() => parseContact('email=')).toThrow(/names no contact/);
});

test('runs of a large store: in pages, each once; the latest, and how many there are', async () => {
  const run = await seedRun(store, { email: 'many@example.com', entered: '2026-03-01T10:00:00.000Z' });
  await sql`
    insert into entries (id, flow, person, key, ordinal, workflow_id, hash, mode, state, outcome, listens, event, entered_at, closed_at)
    select gen_random_uuid(), flow, person, key, n, flow || '/' || n, hash, mode, 'closed',
      case n % 3 when 0 then 'completed' when 1 then 'canceled' else 'timed_out' end,
      '{}', '{}', timestamptz '2026-03-01' + (n / 3) * interval '1 microsecond', now()
    from entries, generate_series(2, 2500) n where id = ${run.entry}`.execute(store.db);
  const pages: number[] = [];
  for await (const page of runPages(store, AWAY, {})) pages.push(page.length);
  expect(pages).toEqual([1_000, 1_000, 500]);
  const all = (await listRuns(store, AWAY, {})).map((row) => row.run);
  expect(new Set(all).size).toBe(2_500);
  const { rows, total } = await latestRuns(store, AWAY, {}, 3);
  expect(rows.map((row) => row.run)).toEqual(all.slice(-3));
  expect(total).toBe(2_500);
  const count = async (filter: Parameters<typeof listRuns>[2]) => (await latestRuns(store, AWAY, filter, 1)).total;
  expect([
    await count({ state: 'completed' }),
    await count({ state: 'exited' }),
    await count({ state: 'failed' }),
  ]).toEqual([833, 833, 833]);
  expect(await count({ state: 'running' })).toBe(1);
  expect(await count({ state: 'running', step: 'mail' })).toBe(0);
});

test('runs are asked themselves while few are open: what they say counts, also for the filter', async () => {
  const entered = '2026-03-01T10:00:00.000Z';
  const at = (status: RunPosition['status'], step: string): RunPosition => {
    return { status, step, kind: 'wait', since: entered, next: null };
  };
  const moved = await seedRun(store, { email: 'ada@example.com', entered, position: at('waiting', 'one') });
  const silent = await seedRun(store, { email: 'bob@example.com', entered, position: at('waiting', 'one') });
  const query = (run: string) => (run === moved.run ? { position: at('held', 'two'), trail: [] } : Promise.reject());
  const getHandle = (run: string) => ({ query: async () => query(run) });
  const temporal = async () =>
    ({ workflow: { getHandle }, withDeadline: (_: number, ask: () => unknown) => ask() }) as unknown as Client;
  const found = async (filter: Parameters<typeof listRuns>[2]) =>
    (await listRuns(store, temporal, filter)).map(({ run, state, step }) => [run, state, step]);
  expect(await found({ state: 'held' })).toEqual([[moved.run, 'held', 'two']]);
  expect(await found({ step: 'two' })).toEqual([[moved.run, 'held', 'two']]);
  expect(await found({ state: 'waiting' })).toEqual([[silent.run, 'waiting', 'one']]);
  expect((await latestRuns(store, temporal, { state: 'held' }, 5)).total).toBe(1);
});

test('deliveries: an effect whose lease is over is unknown', async () => {
  const run = await seedRun(store, { email: 'ada@example.com', entered: '2026-03-01T10:00:00.000Z' });
  await seedDelivery(store, run, {
    step: 'a',
    state: 'sending',
    leaseUntil: '2026-03-01T10:00:30Z',
    at: '2026-03-01T10:00:00Z',
  });
  await seedDelivery(store, run, {
    step: 'b',
    state: 'sending',
    leaseUntil: '2999-01-01T00:00:00Z',
    at: '2026-03-01T11:00:00Z',
  });
  await seedDelivery(store, run, {
    step: 'c',
    state: 'skipped',
    reason: 'no_address',
    target: 'bye',
    at: '2026-03-01T12:00:00Z',
  });
  const rows = await listDeliveries(store, {});
  expect(rows.map((row) => [row.step, row.state, row.reason, row.at])).toEqual([
    ['a', 'unknown', 'the process that was sending it is gone', '2026-03-01T10:00:00.000Z'],
    ['b', 'sending', null, '2026-03-01T11:00:00.000Z'],
    ['c', 'skipped', 'no_address', '2026-03-01T12:00:00.000Z'],
  ]);
  expect(await countDeliveries(store, {})).toEqual([
    { state: 'sending', reason: null, count: 1 },
    { state: 'skipped', reason: 'no_address', count: 1 },
    { state: 'unknown', reason: 'the process that was sending it is gone', count: 1 },
  ]);
  expect((await latestDeliveries(store, {}, 2)).map((row) => row.step)).toEqual(['b', 'c']);
  const steps = async (filter: Parameters<typeof listDeliveries>[1]) =>
    (await listDeliveries(store, filter)).map((row) => row.step);
  expect(await steps({ state: 'unknown' })).toEqual(['a']);
  expect(await steps({ message: 'bye' })).toEqual(['c']);
  expect(await steps({ since: new Date('2026-03-01T11:00:00Z') })).toEqual(['b', 'c']);
  expect(await steps({ run: run.run })).toEqual(['a', 'b', 'c']);
  expect(await steps({ run: 'welcome/nobody/1' })).toEqual([]);
});

test('a ledger of many rows is read in pages, each row once', async () => {
  const run = await seedRun(store, { email: 'many@example.com', entered: '2026-04-01T09:00:00.000Z' });
  await sql`
    insert into deliveries (key, entry, person, flow, step, visit, generation, kind, target, operation, state, at)
    select ${run.entry} || '/s' || n || '/1/1', ${run.entry}::uuid, ${run.person}::uuid, 'welcome', 's' || n, 1, 1,
      'send_email', 'hello', '{"type":"send"}', 'accepted', timestamptz '2026-04-01' + (n / 3) * interval '1 microsecond'
    from generate_series(1, 2500) n`.execute(store.db);
  const rows = await listDeliveries(store, { run: run.run });
  expect(new Set(rows.map(({ key }) => key)).size).toBe(2_500);
  expect(rows).toHaveLength(2_500);
});

test('show: the trail joined with the newest generation in the ledger, times in the project zone', async () => {
  const run = await seedRun(store, {
    email: 'ada@example.com',
    entered: '2026-03-27T09:00:00.000Z',
    trail: [
      { seq: 0, at: '2026-03-27T09:00:00.000Z', step: null, kind: 'enter', what: 'newsletter_signup' },
      {
        seq: 1,
        at: '2026-03-27T09:00:00.000Z',
        step: 'mail',
        kind: 'send_email',
        what: 'hello',
        outcome: 'sent',
        data: { coupon: 'SPRING' },
      },
      {
        seq: 2,
        at: '2026-03-30T08:00:00.000Z',
        step: 'check_1',
        kind: 'check',
        outcome: 'no',
        saw: { 'contact.Purchases': 2 },
      },
      {
        seq: 3,
        at: '2026-03-30T08:00:00.000Z',
        step: 'sms',
        kind: 'send_sms',
        what: 'nudge',
        outcome: 'skipped',
        data: { reason: 'no_address' },
      },
    ],
  });
  await seedDelivery(store, run, { step: 'mail', state: 'unknown', reason: 'connection lost' });
  const second = await seedDelivery(store, run, { step: 'mail', state: 'accepted', generation: 2 });
  const timeline = (await showRun(store, AWAY, run.run))!;
  expect(timeline).toMatchObject({ run: run.run, flow: 'welcome', state: 'running', timezone: 'Europe/Berlin' });
  expect(timeline.deliveries).toHaveLength(2);
  expect(timeline.timeline[1]).toMatchObject({
    step: 'mail',
    delivery: { key: second, state: 'accepted', reason: null },
  });
  expect(timeline.timeline[2]).not.toHaveProperty('delivery');
  expect(
    timeline.timeline.map((line) => Object.values(printedLine(line, timeline.timezone)).slice(0, 3).join(' | ')),
  ).toEqual([
    '2026-03-27 10:00:00 | enter | newsletter_signup',
    '2026-03-27 10:00:00 | send_email | hello  coupon=SPRING',
    '2026-03-30 10:00:00 | check | no  contact.Purchases=2',
    '2026-03-30 10:00:00 | send_sms | nudge  skipped  no_address',
  ]);
  expect(await showRun(store, AWAY, 'welcome/nobody/1')).toBeUndefined();
});

test('since: a moment, a date, or a period ago', () => {
  const now = new Date('2026-03-31T12:00:00Z');
  expect(parseSince('2026-03-01T10:00:00+01:00', now)?.toISOString()).toBe('2026-03-01T09:00:00.000Z');
  expect(parseSince('2026-03-01', now)?.toISOString()).toBe('2026-03-01T00:00:00.000Z');
  expect(parseSince('2 hours', now)?.toISOString()).toBe('2026-03-31T10:00:00.000Z');
  expect(parseSince('1 month', now)?.toISOString()).toBe('2026-02-28T12:00:00.000Z');
  expect(parseSince('yesterday', now)).toBeNull();
});

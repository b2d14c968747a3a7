import { describe, expect, test } from 'vitest';
import {
  again,
  arrive,
  claimOne,
  decideOnce,
  decisions,
  endLeases,
  entries,
  exitOn,
  notices,
  plan,
  verdicts,
} from '../../test/support/router/fixtures.ts';
import { ada, send, store, useFreshStore } from '../../test/support/router/fresh-store.ts';
import type { Expr } from '../plan/expression.ts';
import type { Listener } from '../plan/plan.ts';
import { LeaseLost } from './claim.ts';
import { decide } from './decide.ts';
import { decideNotice } from './decide-notice.ts';
import type { StartBody } from './enter.ts';
import { publish } from './publish.ts';
import { PublishedFlows } from './published-flows.ts';

useFreshStore();

const on = (event: string, where: Expr | null = null): Listener => ({ event, where, match: [] });

const close = () => store.db.updateTable('entries').set({ state: 'closed', reason: 'test' }).execute();

test('an entry is a row, a start without the plan, and a reason', async () => {
  const made = plan({ listens: ['order_placed'] });
  await publish(store, [made]);
  const inbox = await arrive(store, ada, 'signup', { data: { country: 'DE' } });
  await decideOnce(store);
  const [entry] = await entries(store);
  expect(entry).toMatchObject({
    person: ada,
    key: '',
    ordinal: 1,
    workflow_id: `welcome/${ada}/1`,
    hash: made.hash,
    mode: 'after_exit',
    state: 'starting',
    sent_n: 0,
    listens: ['order_placed'],
    inbox,
  });
  const [start] = await notices(store);
  expect(start).toMatchObject({ n: 0, kind: 'start', state: 'due', inbox: null });
  const body = start!.body as unknown as StartBody;
  expect(body).toMatchObject({ hash: made.hash, entry: entry!.id, person: ada, key: null, speed: 1 });
  expect(body.event).toMatchObject({ name: 'signup', source: 'shop', data: { country: 'DE' } });
  expect(body.entered).toBe(entry!.entered_at.toISOString());
  expect(body).not.toHaveProperty('plan');
  expect(await decisions(store, inbox)).toEqual([{ flow: 'welcome', run: entry!.workflow_id, what: 'started' }]);
});

test('an event that concerns nobody is decided all the same', async () => {
  await publish(store, [plan()]);
  expect(await send('unheard_of')).toBe('');
});

describe('who is inside', () => {
  test('hears what the run listens for, by its own version, but not the event that started it', async () => {
    await publish(store, [plan({ listens: ['signup', 'order_placed'], exit_on: [exitOn('order_placed')] })]);
    expect(await send('signup')).toBe('welcome started');
    await publish(store, [plan({ listens: [] })]);
    expect(await send('order_placed', { data: { total: 20 } })).toBe('welcome notified');
    expect(await send('page_view')).toBe('');
    const [, notice] = await notices(store);
    expect(notice).toMatchObject({ n: 1, kind: 'event', inbox: null });
    expect(notice!.body).toMatchObject({ event: { name: 'order_placed', source: 'shop', data: { total: 20 } } });
    expect(Object.keys((notice!.body as { event: object }).event).sort()).toEqual([
      'data',
      'id',
      'name',
      'source',
      'time',
    ]);
    expect((await entries(store))[0]!.sent_n).toBe(1);
  });

  test('a run that would refuse an entry is looked up in Temporal first; nothing of the event is decided before', async () => {
    await publish(store, [plan({ listens: ['signup'] })]);
    await send('signup');
    const [run] = await entries(store);
    await store.db.updateTable('entries').set({ state: 'open' }).execute();
    const inbox = await arrive(store, ada, 'signup');
    const first = await decideOnce(store);
    expect(first).toMatchObject({ complete: false, verify: [{ id: run!.id }] });
    expect(await verdicts(store, inbox)).toBeNull();
    await again(store, first);
    expect(await decideOnce(store, new Map([[run!.id, 0]]))).toMatchObject({ complete: true });
    expect(await verdicts(store, inbox)).toBe('welcome notified, welcome inside');
  });

  test('an event that may end a run and start the same flow waits for its answer, and so does what comes later', async () => {
    await publish(store, [plan({ listens: ['signup'], exit_on: [exitOn('signup')] })]);
    await send('signup');
    const second = await arrive(store, ada, 'signup');
    const later = await arrive(store, ada, 'page_view');
    const waiting = await decideOnce(store);
    expect(waiting).toMatchObject({ complete: false, verify: [] });
    expect((await notices(store))[1]).toMatchObject({ n: 1, kind: 'event', inbox: second });
    expect(await verdicts(store, second)).toBe('welcome notified');
    expect(await verdicts(store, later)).toBeNull();

    // the answer, as `act` records it: the run left
    await close();
    await again(store, waiting);
    expect(await decideOnce(store)).toMatchObject({ complete: true });
    expect(await verdicts(store, second)).toBe('welcome notified, welcome started');
    expect(await verdicts(store, later)).toBe('');
    expect((await notices(store)).map(({ n, kind }) => `${n} ${kind}`)).toEqual(['0 start', '1 event', '0 start']);
  });

  test('where it answers that it stays, the entry is refused, and nobody hears of the event twice', async () => {
    await publish(store, [
      plan({ listens: ['signup'], exit_on: [exitOn('signup')] }),
      plan({ flow: 'watcher', on: [on('visit')], listens: ['signup'] }),
    ]);
    await send('visit');
    await send('signup');
    const inbox = await arrive(store, ada, 'signup');
    await again(store, await decideOnce(store));
    await decideOnce(store);
    expect(await verdicts(store, inbox)).toBe('watcher notified, welcome notified, welcome inside');
    expect((await notices(store)).filter(({ kind }) => kind === 'event').length).toBe(3);
  });
});

test('the profile: the last writer by event time wins, an unset attribute stays known as unset', async () => {
  const profile = (set: { [name: string]: string }, unset: string[] = []) => ({ set, unset });
  await send('a', { time: '2026-01-02T00:00:00.000Z', profile: profile({ City: 'Bern', Hobby: 'chess' }) });
  await send('b', { time: '2026-01-01T00:00:00.000Z', profile: profile({ City: 'Rome', Age: '36' }) });
  await send('c', { time: '2026-01-03T00:00:00.000Z', profile: profile({}, ['Hobby']) });
  await send('d', { time: '2026-01-02T12:00:00.000Z', profile: profile({ Hobby: 'golf' }) });
  await send('e', { time: '2026-01-04T00:00:00.000Z', development: true, profile: profile({ City: 'Test' }) });
  const row = await store.db.selectFrom('persons').select('attributes').executeTakeFirstOrThrow();
  expect(row.attributes).toEqual({
    City: { value: 'Bern', at: '2026-01-02T00:00:00.000Z', by: 'shop' },
    Age: { value: '36', at: '2026-01-01T00:00:00.000Z', by: 'shop' },
    Hobby: { value: null, at: '2026-01-03T00:00:00.000Z', by: 'shop' },
  });
});

test('a time zone that is none is not taken over, and the event says so', async () => {
  await send('a', { timezone: 'Asia/Tokyo' });
  const inbox = await arrive(store, ada, 'b', { timezone: 'Mars/Olympus' });
  await decideOnce(store);
  expect(await decisions(store, inbox)).toEqual([{ flow: '', what: 'bad_timezone' }]);
  const row = await store.db.selectFrom('persons').select('timezone').executeTakeFirstOrThrow();
  expect(row.timezone).toBe('Asia/Tokyo');
});

test('several events of one person are decided in inbox order, in one go', async () => {
  await publish(store, [plan({ listens: ['order_placed'] })]);
  for (const name of ['order_placed', 'signup', 'signup', 'order_placed']) await arrive(store, ada, name);
  expect(await decideOnce(store)).toMatchObject({ complete: true });
  const rows = await store.db.selectFrom('inbox').select(['id']).orderBy('id').execute();
  const made = await Promise.all(rows.map(({ id }) => verdicts(store, id)));
  expect(made).toEqual(['', 'welcome started', 'welcome inside', 'welcome notified']);
});

test('without the lease nothing is decided', async () => {
  await publish(store, [plan()]);
  const inbox = await arrive(store, ada, 'signup');
  const lease = await claimOne(store);
  await endLeases(store);
  await expect(decide(store, new PublishedFlows(), lease, new Map(), 1)).rejects.toThrow(LeaseLost);
  expect(await verdicts(store, inbox)).toBeNull();
});

describe('decideNotice', () => {
  test('counts up, and makes the person ready', async () => {
    await publish(store, [plan()]);
    await send('signup');
    await store.db.updateTable('persons').set({ ready_at: null }).execute();
    const [entry] = await entries(store);
    const n = await store.db
      .transaction()
      .execute((trx) => decideNotice(trx, entry!.id, { kind: 'resolve', step: 'nudge', as: 'sent' }));
    expect(n).toBe(1);
    expect((await notices(store))[1]).toMatchObject({ n: 1, kind: 'resolve', body: { step: 'nudge', as: 'sent' } });
    await claimOne(store);
  });

  test('an unknown run is an error', async () => {
    const decided = store.db
      .transaction()
      .execute((trx) => decideNotice(trx, '00000000-0000-4000-8000-000000000000', { kind: 'pause' }));
    await expect(decided).rejects.toThrow('no run has the entry id');
  });
});

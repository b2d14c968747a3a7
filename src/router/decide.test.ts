import { afterAll, beforeEach, describe, expect, test } from 'vitest';
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
  person,
  plan,
  verdicts,
} from '../../test/support/router/fixtures.ts';
import { type TestStore, testStore } from '../../test/support/store.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import type { Expr } from '../plan/expression.ts';
import type { FlowStatus, Listener } from '../plan/plan.ts';
import { LeaseLost } from './claim.ts';
import { decide } from './decide.ts';
import { decideNotice } from './decide-notice.ts';
import type { StartBody } from './enter.ts';
import { publish } from './publish.ts';
import { PublishedFlows } from './published-flows.ts';

let store: TestStore;
let ada: string;
beforeEach(async () => {
  await store?.close();
  store = await testStore();
  ada = await person(store, { email: 'ada@example.com' });
});
afterAll(() => store.close());

const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
const on = (event: string, where: Expr | null = null): Listener => ({ event, where, match: [] });

/** One event, decided; its verdicts. */
async function send(name: string, parts: Partial<CanonicalEvent> = {}): Promise<string | null> {
  const inbox = await arrive(store, ada, name, parts);
  await again(store, await decideOnce(store));
  return verdicts(store, inbox);
}

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

describe('who may enter', () => {
  test.each<[FlowStatus | 'removed', string]>([
    ['active', 'welcome started'],
    ['draft', 'welcome status draft'],
    ['paused', 'welcome status paused'],
    ['draining', 'welcome status draining'],
    ['stopped', 'welcome status stopped'],
    ['removed', 'welcome status removed'],
  ])('status %s', async (status, verdict) => {
    if (status === 'removed') await publish(store, [plan()]);
    await publish(store, status === 'removed' ? [] : [plan({ status })]);
    expect(await send('signup')).toBe(verdict);
  });

  test('a status published after the process read the flows counts', async () => {
    const published = new PublishedFlows();
    await publish(store, [plan({ reentry: { mode: 'always' } })]);
    const first = await arrive(store, ada, 'signup');
    await decide(store, published, await claimOne(store, 'one'), new Map(), 1);
    await publish(store, [plan({ reentry: { mode: 'always' }, status: 'draining' })]);
    const second = await arrive(store, ada, 'signup');
    await endLeases(store);
    await decide(store, published, await claimOne(store, 'two'), new Map(), 1);
    expect([await verdicts(store, first), await verdicts(store, second)]).toEqual([
      'welcome started',
      'welcome status draining',
    ]);
  });

  test('age is measured at receipt', async () => {
    await publish(store, [plan({ max_event_age: 60_000 })]);
    const received = ago(7 * 86_400_000);
    const older = (ms: number) => new Date(Date.parse(received) - ms).toISOString();
    expect(await send('signup', { time: older(60_001), received })).toBe('welcome too_old');
    expect(await send('signup', { time: older(60_000), received })).toBe('welcome started');
  });

  test('test traffic and replays start nothing, and move nobody', async () => {
    await publish(store, [plan({ listens: ['signup'], reentry: { mode: 'always' } })]);
    await send('signup');
    expect(await send('signup', { development: true })).toBe('welcome development, welcome development');
    expect(await send('signup', { replay: true })).toBe('welcome replay, welcome replay');
    expect((await notices(store)).length).toBe(1);
  });

  test('where sees the event, the contact with what this event told of them, and groups', async () => {
    await store.db
      .insertInto('memberships')
      .values({ person: ada, group_id: '10144', member: true, at: new Date() })
      .execute();
    const where: Expr = [
      'and',
      ['and', ['==', ['get', 'incoming', 'country'], 'DE'], ['==', ['get', 'contact', 'email'], 'ada@example.com']],
      ['and', ['==', ['get', 'contact', 'Purchases'], 3], ['==', ['get', 'contact', 'timezone'], 'Asia/Tokyo']],
    ];
    await publish(store, [
      plan({ on: [on('other'), on('signup', where)] }),
      plan({ flow: 'members', on: [on('signup', ['call', 'in_group', 'customers', '10144'])] }),
      plan({ flow: 'vips', on: [on('signup', ['call', 'in_group', 'vips', '10145'])] }),
    ]);
    expect(await send('signup', { data: { country: 'DE' } })).toBe('members started, vips where, welcome where');
    expect(
      await send('signup', {
        data: { country: 'DE' },
        profile: { set: { Purchases: 3 }, unset: [] },
        timezone: 'Asia/Tokyo',
      }),
    ).toBe('members inside, vips where, welcome started');
  });

  test('a manual event starts the flow it names, and no other', async () => {
    await publish(store, [
      plan({ on: [on('manual')] }),
      plan({ flow: 'cart', on: [on('manual')] }),
      plan({ flow: 'no' }),
    ]);
    expect(await send('manual', { flow: 'welcome' })).toBe('welcome started');
    expect(await send('manual', { flow: 'no' })).toBe('no not_manual');
    expect(await send('manual', { flow: 'nowhere' })).toBe('nowhere unknown_flow');
  });
});

describe('keys', () => {
  const cart = () => plan({ key: ['get', 'event', 'cart'] });

  test('one run per value; a null key starts nothing; ids show a hash', async () => {
    await publish(store, [cart()]);
    expect(await send('signup', { data: { cart: 'A-1' } })).toBe('welcome started');
    expect(await send('signup', { data: { cart: 'A-1' } })).toBe('welcome inside');
    expect(await send('signup', { data: { cart: 17 } })).toBe('welcome started');
    expect(await send('signup', { data: {} })).toBe('welcome no_key');
    expect(await send('signup', { data: { cart: 'x'.repeat(513) } })).toBe('welcome key_too_long');
    const rows = await entries(store);
    expect(rows.map(({ key }) => key).sort()).toEqual(['17', 'A-1']);
    for (const { workflow_id } of rows) expect(workflow_id).toMatch(/^welcome\/[0-9a-f-]{36}\/[0-9a-f]{12}\/1$/);
  });
});

describe('re-entry', () => {
  test('once: for ever', async () => {
    await publish(store, [plan({ reentry: { mode: 'once' } })]);
    expect(await send('signup')).toBe('welcome started');
    await close();
    expect(await send('signup')).toBe('welcome once');
  });

  test('after_exit: not while inside; the next run has the next number', async () => {
    await publish(store, [plan()]);
    await send('signup');
    expect(await send('signup')).toBe('welcome inside');
    await close();
    expect(await send('signup')).toBe('welcome started');
    expect((await entries(store)).map(({ workflow_id }) => workflow_id.slice(-2))).toEqual(['/1', '/2']);
  });

  test('always: side by side', async () => {
    await publish(store, [plan({ reentry: { mode: 'always' } })]);
    await send('signup');
    expect(await send('signup')).toBe('welcome started');
    expect((await entries(store)).map(({ state }) => state)).toEqual(['starting', 'starting']);
  });

  test('restart: ends the run inside, which is told, and starts from the top', async () => {
    await publish(store, [plan({ reentry: { mode: 'restart' } })]);
    await send('signup');
    expect(await send('signup')).toBe('welcome restarted, welcome started');
    expect((await entries(store)).map(({ state, reason, sent_n }) => [state, reason, sent_n])).toEqual([
      ['closed', 'restarted', 1],
      ['starting', null, 0],
    ]);
    expect((await notices(store)).map(({ kind, body }) => [kind, (body as { reason?: string }).reason])).toEqual([
      ['start', undefined],
      ['exit', 'restarted'],
      ['start', undefined],
    ]);
  });

  test('a period: not before it is over, not while inside', async () => {
    await publish(store, [plan({ reentry: { mode: 'cooldown', period: { months: 0, days: 30, ms: 0 } } })]);
    await send('signup');
    await close();
    expect(await send('signup')).toBe('welcome cooldown');
    await store.db
      .updateTable('entries')
      .set({ entered_at: ago(31 * 86_400_000) })
      .execute();
    expect(await send('signup')).toBe('welcome started');
  });

  test('a flow that changed from always to after_exit: nobody enters before all have left', async () => {
    await publish(store, [plan({ reentry: { mode: 'always' } })]);
    await send('signup');
    await send('signup');
    await publish(store, [plan()]);
    expect(await send('signup')).toBe('welcome inside');
  });
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
  expect(await decisions(store, inbox)).toEqual([
    { flow: '', what: 'bad_timezone', detail: '"Mars/Olympus" is no IANA time zone' },
  ]);
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

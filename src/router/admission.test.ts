import { describe, expect, test } from 'vitest';
import {
  arrive,
  claimOne,
  decisions,
  endLeases,
  entries,
  notices,
  plan,
  verdicts,
} from '../../test/support/router/fixtures.ts';
import { ada, send, store, useFreshStore } from '../../test/support/router/fresh-store.ts';
import type { Expr } from '../plan/expression.ts';
import type { FlowStatus, Listener } from '../plan/plan.ts';
import { decide } from './decide.ts';
import { publish } from './publish.ts';
import { PublishedFlows } from './published-flows.ts';

useFreshStore();

const ago = (ms: number) => new Date(Date.now() - ms).toISOString();
const on = (event: string, where: Expr | null = null): Listener => ({ event, where, match: [] });

const close = () => store.db.updateTable('entries').set({ state: 'closed', reason: 'test' }).execute();

/** What decisions say beside their word, in order; those that say nothing left out. */
async function details(): Promise<string[]> {
  const rows = await store.db.selectFrom('inbox').select('decisions').orderBy('id').execute();
  return rows.flatMap((row) => row.decisions ?? []).flatMap(({ detail }) => (detail === undefined ? [] : [detail]));
}

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
    expect(await send('signup', { time: older(7_512_345), received })).toBe('welcome too_old');
    expect(await send('signup', { time: older(3 * 86_400_000 + 1), received })).toBe('welcome too_old');
    expect(await details()).toEqual(
      ['1 minute', '2 hours 5 minutes', '3 days'].map((age) => `${age} old when received`),
    );
    expect(await send('signup', { time: older(60_000), received })).toBe('welcome started');
  });

  test('a member of long standing is not too old for a flow that takes backfills', async () => {
    await publish(store, [plan({ on: [on('audience_entered')], max_event_age: 60_000, reentry: { mode: 'always' } })]);
    const entered = (backfill: boolean) => ({ time: ago(86_400_000), data: { audience: 'vips', backfill } });
    expect(await send('audience_entered', entered(false))).toBe('welcome too_old');
    expect(await send('audience_entered', entered(true))).toBe('welcome started');
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
    const { id } = await store.db.selectFrom('inbox').select('id').executeTakeFirstOrThrow();
    const { hash } = await store.db
      .selectFrom('flows')
      .select('hash')
      .where('flow', '=', 'welcome')
      .executeTakeFirstOrThrow();
    expect(await decisions(store, id)).toContainEqual({
      flow: 'welcome',
      what: 'where',
      where: { version: hash, on: [1] },
    });
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

  // Sources that absorb take any name.
  test.each(['date', 'schedule', 'manual', 'from_flow'])('a producer\'s event "%s" names no flow', async (name) => {
    await publish(store, [plan({ on: [on(name)] })]);
    expect(await send(name)).toBe(' reserved_name');
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
    const { entered_at } = await store.db.selectFrom('entries').select('entered_at').executeTakeFirstOrThrow();
    const [detail] = await details();
    expect(Math.abs(Date.parse(detail!) - entered_at.getTime() - 30 * 86_400_000)).toBeLessThanOrEqual(3_600_000);
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

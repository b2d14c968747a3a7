/** Events that a profile makes, and those that runs make: who hears them. */
import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  again,
  arrive,
  decideOnce,
  entries,
  exitOn,
  notices,
  plan,
  verdicts,
} from '../../test/support/router/fixtures.ts';
import { ada, store, useFreshStore } from '../../test/support/router/fresh-store.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import type { Expr } from '../plan/expression.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import type { Listener } from '../plan/plan.ts';
import { publish } from './publish.ts';

useFreshStore();

const on = (event: string, more: Partial<Listener> = {}): Listener => ({ event, where: null, match: [], ...more });
const named = (name: string): Expr => ['==', ['get', 'event', 'name'], name];
const told = (set: object, more: Partial<CanonicalEvent> = {}): Partial<CanonicalEvent> => ({
  profile: { set: set as NonNullable<CanonicalEvent['profile']>['set'], unset: [] },
  ...more,
});
const changes = () =>
  store.db
    .selectFrom('inbox')
    .select(['id', 'event', 'source'])
    .where('name', '=', 'attribute_changed')
    .orderBy('id')
    .execute();

/** One event, decided, and whatever came of it; its verdicts. */
async function send(name: string, parts: Partial<CanonicalEvent> = {}): Promise<string | null> {
  const inbox = await arrive(store, ada, name, parts);
  for (;;) {
    const decided = await decideOnce(store);
    await again(store, decided);
    if (decided.complete) return verdicts(store, inbox);
  }
}

test('a changed attribute is an event, of its old and new value, only where the value differs', async () => {
  await publish(store, [
    plan({ on: [on('attribute_changed', { where: named('Tier') })], reentry: { mode: 'always' } }),
  ]);
  await send('seen', told({ Tier: 'gold', Visits: 1 }));
  await send('seen', told({ Tier: 'gold', Visits: 2 }));
  await send('seen', { profile: { set: {}, unset: ['Tier'] } });
  const events = await changes();
  expect(events.map(({ event }) => event.data)).toEqual([
    { name: 'Tier', from: null, to: 'gold' },
    { name: 'Visits', from: null, to: 1 },
    { name: 'Visits', from: 1, to: 2 },
    { name: 'Tier', from: 'gold', to: null },
  ]);
  expect(events.every(({ source }) => source === 'flows')).toBe(true);
  const started = await entries(store);
  expect(started.map(({ event }) => event.data.to)).toEqual(['gold', null]);
});

test('no such event is made where no flow has to do with it, of test traffic, or of what is older than what is known', async () => {
  await publish(store, [plan()]);
  await send('seen', told({ Tier: 'gold' }));
  expect(await changes()).toEqual([]);
  await publish(store, [plan({ on: [on('attribute_changed')] })]);
  await send('seen', told({ Tier: 'silver' }, { development: true }));
  await send('seen', told({ Tier: 'silver' }, { time: '2020-01-01T00:00:00.000Z' }));
  expect(await changes()).toEqual([]);
});

test('a producer may say it itself: the profile takes it, and it is said once', async () => {
  await publish(store, [plan({ on: [on('attribute_changed')], reentry: { mode: 'always' } })]);
  expect(await send('attribute_changed', { data: { name: 'Tier', from: null, to: 'gold' } })).toBe('welcome started');
  expect(await changes()).toHaveLength(1);
  const { attributes } = await store.db.selectFrom('persons').select('attributes').executeTakeFirstOrThrow();
  expect(attributes.Tier).toMatchObject({ value: 'gold', by: 'shop' });
});

test('a producer that repeats a value has changed nothing; one that tells both values is believed', async () => {
  await publish(store, [plan({ on: [on('attribute_changed')], reentry: { mode: 'always' } })]);
  const say = (data: JsonObject) => send('attribute_changed', { data: { name: 'Tier', ...data } });
  expect(await say({ to: 'gold' })).toBe('welcome started');
  expect(await say({ to: 'gold' })).toBe(' unchanged');
  expect(await say({ from: 'gold', to: 'gold' })).toBe(' unchanged');
  expect(await say({ from: 'silver', to: 'gold' })).toBe('welcome started');
  expect(await say({ to: null })).toBe('welcome started');
  expect(await say({})).toBe('welcome started');
});

test('a run inside hears of it by its own version of the flow', async () => {
  const listening = plan({ exit_on: [exitOn('attribute_changed')], listens: ['attribute_changed'] });
  await publish(store, [listening]);
  await send('signup');
  await publish(store, [plan()]);
  await send('seen', told({ Tier: 'gold' }));
  expect((await notices(store)).map(({ kind, n }) => `${kind} ${n}`)).toEqual(['start 0', 'event 1']);
});

test("a run's own doing never starts its flow nor reaches its runs, and does other flows'", async () => {
  const listens = ['bought'];
  const loud = {
    on: [on('signup'), on('bought')],
    exit_on: [exitOn('bought')],
    listens,
    reentry: { mode: 'always' } as const,
  };
  await publish(store, [plan({ flow: 'maker', ...loud }), plan({ flow: 'other', ...loud })]);
  await send('signup');
  const origin = { flow: 'maker', entry: randomUUID() };
  expect(await send('bought', { source: 'flows', origin })).toBe(
    'maker own_event, other notified, maker own_event, other started',
  );
  expect(await send('bought', { source: 'flows', origin: { ...origin, elsewhere: true } })).toContain('maker started');
});

test('start_flow starts the flow it names, where that takes it from there', async () => {
  await publish(store, [
    plan({ flow: 'any', on: [on('from_flow')] }),
    plan({ flow: 'choosy', on: [on('from_flow', { from: 'maker' })] }),
    plan({ flow: 'deaf' }),
    plan({ flow: 'paused', on: [on('from_flow')], status: 'paused' }),
  ]);
  const start = (flow: string, from = 'maker') =>
    send('from_flow', { flow, source: 'flows', origin: { flow: from, entry: randomUUID() }, data: { country: 'DE' } });
  expect(await start('any')).toBe('any started');
  expect(await start('any')).toBe('any inside');
  expect(await start('choosy', 'stranger')).toBe('choosy from_flow');
  expect(await start('choosy')).toBe('choosy started');
  expect(await start('deaf')).toBe('deaf not_from_flow');
  expect(await start('nowhere')).toBe('nowhere unknown_flow');
  expect(await start('paused')).toBe('paused status paused');
  expect((await entries(store, 'choosy'))[0]!.event.data).toEqual({ country: 'DE' });
});

test('`on` and `key` may count events and ask for flows', async () => {
  const many: Expr = ['>', ['count', 'order', ['call', 'ago', '30 days']], 1];
  const key: Expr = ['if', ['call', 'in_flow', 'welcome'], 'in', 'out'];
  await publish(store, [
    plan(),
    plan({ flow: 'often', on: [on('order', { where: many })], key, reentry: { mode: 'always' } }),
  ]);
  const old = new Date(Date.now() - 40 * 86_400_000).toISOString();
  await send('order', { time: old });
  expect(await send('order')).toBe('often where');
  expect(await send('order')).toBe('often started');
  await send('signup');
  expect(await send('order')).toBe('often started');
  expect((await entries(store, 'often')).map((entry) => entry.key).sort()).toEqual(['in', 'out']);
});

test('of events that arrive together, each counts those before it', async () => {
  const many: Expr = ['>', ['count', 'order', ['call', 'ago', '30 days']], 1];
  await publish(store, [plan({ flow: 'often', on: [on('order', { where: many })] })]);
  const first = await arrive(store, ada, 'order');
  const second = await arrive(store, ada, 'order');
  await again(store, await decideOnce(store));
  expect([await verdicts(store, first), await verdicts(store, second)]).toEqual(['often where', 'often started']);
});

test('an own write that changed nothing after all starts nothing, whatever the order of its fields; one that did does', async () => {
  await publish(store, [plan({ on: [on('attribute_changed')], reentry: { mode: 'always' } })]);
  const write = (from: Json, to: Json) =>
    send('attribute_changed', { source: 'flows', data: { name: 'Home', from, to } });
  expect(await write({ city: 'Bonn', zip: '53111' }, { zip: '53111', city: 'Bonn' })).toBe(' unchanged');
  expect(await write('2026-05-01', '2026-05-01T00:00:00.000Z')).toBe('welcome started');
});

import { describe, expect, it } from 'vitest';
import { evaluate, type Scope, saw, truthy } from './evaluate.ts';
import type { Expr } from './expression.ts';
import type { Json } from './json.ts';
import { mergeReads, pathsOf, readsOf } from './reads.ts';

const scope: Scope = {
  event: {
    country: 'DE',
    total: 20,
    items: [
      { sku: 'a', price: 10 },
      { sku: 'b', price: 2.5 },
    ],
    tags: ['x'],
    day: '2026-03-27',
  },
  incoming: { total: 5 },
  trigger: { name: 'order', id: '1', time: '2026-03-27T09:00:00.000Z', source: 'api' },
  contact: { email: 'ada@example.com', Purchases: null, Flag: true, 'First name': 'Ada' },
  vars: { n: 3 },
  steps: { nudge: { outcome: 'sent', event: { total: 7 } } },
  run: { id: 'r', flow: 'welcome', version: 'abc', entered_at: '2026-03-27T09:00:00.000Z' },
  now: '2026-03-27T10:00:00.000Z',
  timezone: 'Europe/Berlin',
  groups: { '10144': true },
};
const of = (expr: Expr) => evaluate(expr, scope);
const missing: Expr = ['get', 'event', 'nope'];
const cases = (table: [Expr, Json][]) => {
  for (const [expr, value] of table) expect(of(expr), JSON.stringify(expr)).toEqual(value);
};

describe('null', () => {
  it('is what a missing field is, at any depth', () => {
    cases([
      [missing, null],
      [['get', 'event', 'nope', 'deeper'], null],
      [['get', 'event', 'country', 'length'], null],
      [['get', 'event', 'constructor'], null],
      [['get', 'event', '__proto__'], null],
      [['get', 'process'], null],
      [['get', 'groups'], null],
      [['field', missing, 'x'], null],
      [['index', ['get', 'event', 'items'], 7], null],
      [['index', ['get', 'event', 'items'], 0.5], null],
      [['index', ['get', 'event', 'items'], 'length'], null],
    ]);
  });

  it('is a value of its own for == and !=', () => {
    cases([
      [['==', missing, null], true],
      [['==', missing, 0], false],
      [['!=', missing, 0], true],
      [['!=', missing, null], false],
    ]);
  });

  it('makes order, in and text tests false', () => {
    cases([
      [['<', missing, 1], false],
      [['>=', missing, 1], false],
      [['in', missing, ['list', null]], false],
      [['in', 'a', missing], false],
      [['call', 'contains', missing, 'a'], false],
      [['call', 'startsWith', 'a', missing], false],
    ]);
  });

  it('makes arithmetic null, is an empty list and an empty text', () => {
    cases([
      [['+', missing, 1], null],
      [['neg', missing], null],
      [['+', 'a', missing], null],
      [['exists', missing, 'i', true], false],
      [['all', missing, 'i', false], true],
      [['map_each', missing, 'i', ['var', 'i']], []],
      [['call', 'size', missing], 0],
      [['call', 'sum', missing], 0],
      [['call', 'join', missing, ', '], ''],
      [['text', 'Hello ', missing, '!'], 'Hello !'],
      [['call', 'lower', missing], null],
      [['call', 'string', missing], null],
      [['call', 'default', missing, 3], 3],
      [['call', 'default', ['get', 'vars', 'n'], 0], 3],
    ]);
  });

  it('is not true', () => {
    cases([
      [['and', missing, true], false],
      [['or', missing, true], true],
      [['not', missing], true],
      [['not', 'text'], null],
      [['if', missing, 1, 2], 2],
    ]);
    expect([true, false, null, 1, 'true'].map(truthy)).toEqual([true, false, false, false, false]);
  });
});

it('gives false or null where kinds do not go together', () => {
  cases([
    [['<', 1, '2'], false],
    [['<', true, false], false],
    [['==', 1, '1'], false],
    [['+', 1, 'a'], null],
    [['/', 1, 0], null],
    [['%', 1, 0], null],
    [['*', 1e308, 10], null],
    [['call', 'nope', 1], null],
    [['call', 'constructor', 1], null],
    [['call', 'int', 'abc'], null],
    [['call', 'double', ' 1'], null],
    [['call', 'double', '0x1f'], null],
    [['call', 'double', 'Infinity'], null],
    [['call', 'bool', 'yes'], null],
    [['call', 'timestamp', 'soon'], null],
    [['call', 'sum', ['list', 1, null]], null],
    [['call', 'max', ['list', 1, 'a']], null],
    [['exists', 'text', 'i', true], null],
    [['nonsense' as 'get', 1], null],
  ]);
});

it('compares by content', () => {
  cases([
    [['==', ['get', 'event', 'tags'], ['list', 'x']], true],
    [['==', ['map', 'a', 1, 'b', 2], ['map', 'b', 2, 'a', 1]], true],
    [['==', ['map', 'a', null], ['map', 'b', null]], false],
    [['in', 'a', ['map', 'a', 1]], true],
    [['in', ['list', 1], ['list', ['list', 1]]], true],
  ]);
});

it('takes a date beside a timestamp for its midnight in UTC', () => {
  cases([
    [['<', ['get', 'event', 'day'], ['get', 'now']], true],
    [['<', '2026-03-27', '2026-03-27T00:00:00.000Z'], false],
    [['<=', '2026-03-27', '2026-03-27T00:00:00.000Z'], true],
    [['==', '2026-03-27T00:00:00.000Z', '2026-03-27'], true],
    [['<', '2026-03-27', '2026-03-28'], true],
  ]);
});

it('calls functions', () => {
  cases([
    [['call', 'in_group', 'customers', '10144'], true],
    [['call', 'in_group', 'vips', '1'], false],
    [['call', 'int', -2.7], -2],
    [['call', 'int', '12'], 12],
    [['call', 'string', 3], '3'],
    [['call', 'size', 'añ😀'], 3],
    [
      ['call', 'split', 'a,b', ','],
      ['a', 'b'],
    ],
    [['call', 'replace', 'a.b.c', '.', '$&'], 'a$&b$&c'],
    [['call', 'join', ['list', 'a', 1], '-'], 'a-1'],
    [['call', 'sum', ['map_each', ['get', 'event', 'items'], 'i', ['field', ['var', 'i'], 'price']]], 12.5],
    [['call', 'min', ['list', 3, null, 1]], 1],
    [['call', 'max', 'a', 'b'], 'b'],
    [['call', 'max', ['list']], null],
    [['call', 'round', 2.5], 3],
    [['call', 'round', -2.5], -3],
    [['call', 'round', 1.005, 2], 1.01],
    [['call', 'round', 1e-9, 2], 0],
    [['filter', ['get', 'event', 'items'], 'i', ['>', ['field', ['var', 'i'], 'price'], 5]], [{ sku: 'a', price: 10 }]],
  ]);
});

it('tells the time on the calendar of the zone', () => {
  cases([
    [['call', 'ago', '1 day'], '2026-03-26T10:00:00.000Z'],
    // 2026-03-29 is the change to summer time in Berlin
    [['call', 'shift', ['get', 'now'], '2 days'], '2026-03-29T09:00:00.000Z'],
    [['call', 'shift', ['get', 'now'], '48 hours'], '2026-03-29T10:00:00.000Z'],
    [['call', 'shift', '2026-01-31', '1 month'], '2026-02-28'],
    [['call', 'shift', '2026-03-29', '1 hour'], '2026-03-29T00:00:00.000Z'],
    [['call', 'date', '2026-03-27T23:30:00.000Z'], '2026-03-28'],
    [['call', 'timestamp', '2026-03-27'], '2026-03-26T23:00:00.000Z'],
    [['call', 'timestamp', '2026-03-27T10:00:00+02:00'], '2026-03-27T08:00:00.000Z'],
    [['call', 'format', ['get', 'now'], "EEEE, d MMM yyyy 'at' HH:mm"], 'Friday, 27 Mar 2026 at 11:00'],
    [['call', 'format', '2026-04-03', 'dd.MM.yy h a'], '03.04.26 12 AM'],
    [['call', 'format', ['get', 'now'], 'QQ'], null],
    [['call', 'ago', 'a while'], null],
  ]);
});

it('ends work that grows beyond bounds', () => {
  const hundred: Expr = ['list', ...Array.from({ length: 150 }, (_, index) => index)];
  const nested: Expr = ['all', hundred, 'a', ['all', hundred, 'b', ['all', hundred, 'c', ['<', ['var', 'c'], 1000]]]];
  expect(of(nested)).toBeNull();
  let deep: Expr = 1;
  for (let depth = 0; depth < 5000; depth += 1) deep = ['neg', deep];
  expect(of(deep)).toBeNull();
  const long: Expr = 'x'.repeat(600_000);
  expect(of(['+', long, long])).toBeNull();
  expect(of(['call', 'replace', 'x'.repeat(2000), '', long])).toBeNull();
});

it('lists what it reads and shows what it saw', () => {
  const expr: Expr = [
    'and',
    ['call', 'in_group', 'customers', '10144'],
    [
      'or',
      ['==', ['get', 'contact', 'Purchases'], 0],
      ['==', ['get', 'contact', 'First name'], ['get', 'steps', 'nudge', 'event', 'total']],
    ],
  ];
  expect(saw(expr, scope)).toEqual({
    'contact.Purchases': null,
    'contact["First name"]': 'Ada',
    'steps.nudge.event.total': 7,
    'in_group("customers")': true,
  });
  expect(pathsOf(expr)).toEqual([
    ['contact', 'Purchases'],
    ['contact', 'First name'],
    ['steps', 'nudge', 'event', 'total'],
  ]);
  expect(readsOf(expr)).toEqual({ contact: ['First name', 'Purchases'], groups: ['10144'] });
  expect(mergeReads([readsOf(expr), { contact: ['email'], groups: ['10144'] }])).toEqual({
    contact: ['First name', 'Purchases', 'email'],
    groups: ['10144'],
  });
});

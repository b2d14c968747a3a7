import { expect, test } from 'vitest';
import type { Reentry } from '../plan/plan.ts';
import { judgeReentry } from './reentry.ts';

const DAY = 86_400_000;
const NOW = Date.parse('2026-05-20T10:00:00+02:00');
const days = (n: number): Reentry => ({ mode: 'cooldown', period: { months: 0, days: n, ms: 0 } });

test.each<[string, Reentry, number, number | null, string]>([
  // re-entry, runs inside, last entry, verdict
  ['once, never inside', { mode: 'once' }, 0, null, 'enter'],
  ['once, long gone', { mode: 'once' }, 0, NOW - 9999 * DAY, 'once'],
  ['once, inside', { mode: 'once' }, 1, NOW - DAY, 'once'],
  ['after_exit, left', { mode: 'after_exit' }, 0, NOW - 1, 'enter'],
  ['after_exit, inside', { mode: 'after_exit' }, 1, NOW - DAY, 'inside'],
  ['always, inside twice', { mode: 'always' }, 2, NOW - 1, 'enter'],
  ['restart, inside', { mode: 'restart' }, 1, NOW - 1, 'restart'],
  ['restart, outside', { mode: 'restart' }, 0, NOW - 1, 'enter'],
  ['30 days, exactly', days(30), 0, NOW - 30 * DAY, 'enter'],
  ['30 days, a millisecond early', days(30), 0, NOW - 30 * DAY + 1, 'cooldown'],
  ['30 days over, but inside', days(30), 1, NOW - 31 * DAY, 'inside'],
  ['30 days not over, and inside', days(30), 1, NOW - DAY, 'cooldown'],
  ['30 days, never inside', days(30), 0, null, 'enter'],
])('%s', (_, reentry, inside, last, verdict) => {
  expect(judgeReentry(reentry, { inside, last }, NOW, 'Europe/Berlin')).toBe(verdict);
});

test('a period counts on the calendar of the zone: 30 days across the change of the clock end at the same clock time', () => {
  const last = Date.parse('2026-03-10T10:00:00+01:00');
  const end = Date.parse('2026-04-09T10:00:00+02:00');
  expect(end - last).toBe(30 * DAY - 3_600_000);
  expect(judgeReentry(days(30), { inside: 0, last }, end, 'Europe/Berlin')).toBe('enter');
  expect(judgeReentry(days(30), { inside: 0, last }, end - 1, 'Europe/Berlin')).toBe('cooldown');
  expect(judgeReentry(days(30), { inside: 0, last }, end, 'UTC')).toBe('cooldown');
});

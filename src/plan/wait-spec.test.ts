import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.ts';
import type { Json } from './json.ts';
import { isoWithOffset, momentOfText } from './local-time.ts';
import type { WaitSpec } from './plan.ts';
import { resolveWait } from './wait-spec.ts';

const ZONE = 'Europe/Berlin';

/** literals only, as an expression of a literal is the literal */
function end(began: string, spec: WaitSpec, zone = ZONE): string {
  const found = resolveWait(spec, { began: momentOfText(began, zone)!, zone, value: (expr) => expr as Json });
  return 'error' in found ? found.error : isoWithOffset(found.until, zone).slice(0, 16).replace('T', ' ');
}
const period = (text: string) => parseDuration(text)!;

describe('a period', () => {
  it.each<[string, WaitSpec, string]>([
    ['2026-03-27 10:00', { for: period('3 days') }, '2026-03-30 10:00'],
    ['2026-03-28 10:00', { for: period('24 hours') }, '2026-03-29 11:00'],
    ['2026-01-31 10:00', { for: period('1 month') }, '2026-02-28 10:00'],
    ['2026-03-27 10:00', { for: { text: '2 hours 30 minutes' } }, '2026-03-27 12:30'],
    ['2026-03-27 10:00', { for: { text: '-3 days' } }, '2026-03-27 10:00'],
    ['2026-03-27 10:00', { for: { text: '0 days' } }, '2026-03-27 10:00'],
  ])('from %s by %j ends %s', (began, spec, until) => {
    expect(end(began, spec)).toBe(until);
  });

  // 2026-03-24 is a Tuesday
  it.each<[string, WaitSpec, string]>([
    ['2026-03-24 10:00', { weekdays: [2], at: 540 }, '2026-03-31 09:00'],
    ['2026-03-24 09:00', { weekdays: [2], at: 540 }, '2026-03-24 09:00'],
    ['2026-03-24 08:00', { weekdays: [2], at: 540 }, '2026-03-24 09:00'],
    ['2026-03-24 10:00', { weekdays: [2] }, '2026-03-24 10:00'],
    ['2026-03-24 10:00', { weekdays: [1, 5] }, '2026-03-27 10:00'],
    ['2026-03-24 10:00', { at: 540 }, '2026-03-25 09:00'],
    ['2026-03-24 10:00', { for: period('3 days'), at: 540 }, '2026-03-28 09:00'],
    ['2026-03-24 10:00', { for: period('3 days'), at: 660 }, '2026-03-27 11:00'],
    ['2026-03-24 10:00', { for: period('5 days'), weekdays: [1], at: 540 }, '2026-03-30 09:00'],
    ['2026-03-28 10:00', { weekdays: [7], at: 150 }, '2026-03-29 03:30'],
  ])('from %s by %j ends %s', (began, spec, until) => {
    expect(end(began, spec)).toBe(until);
  });

  it('stays at a clock time that is shown twice', () => {
    // the second 02:30 of the night
    expect(isoWithOffset(momentOfText('2026-10-25T01:30:00Z', ZONE)!, ZONE)).toContain('02:30');
    expect(end('2026-10-25T01:30:00Z', { weekdays: [7] })).toBe('2026-10-25 02:30');
  });

  it('waits a week more where the calendar of the zone left the weekday out', () => {
    // Apia had no Friday 2011-12-30
    expect(end('2011-12-28 10:00', { weekdays: [5], at: 540 }, 'Pacific/Apia')).toBe('2012-01-06 09:00');
  });
});

describe('a moment', () => {
  it.each<[WaitSpec, string]>([
    [{ until: '2026-12-24T18:00:00.000Z' }, '2026-12-24 19:00'],
    [{ until: '2026-12-24' }, '2026-12-24 00:00'],
    [{ until: '2026-12-24', at: 540 }, '2026-12-24 09:00'],
    [{ until: '2026-12-24T18:00:00.000Z', at: 540 }, '2026-12-24 09:00'],
    [{ until: '2026-12-24', offset: period('-2 days'), at: 540 }, '2026-12-22 09:00'],
    [{ until: '2026-12-24', weekdays: [4] }, '2026-12-24 00:00'],
    [{ until: '2026-12-24', weekdays: [1, 2], at: 600 }, '2026-12-28 10:00'],
    [{ until: '2020-01-01' }, '2020-01-01 00:00'],
  ])('%j ends %s', (spec, until) => {
    expect(end('2026-03-27 10:00', spec)).toBe(until);
  });
});

it('says what it cannot wait for', () => {
  expect(end('2026-03-27', { for: { text: null } })).toBe('expected a period such as "3 days", found null');
  expect(end('2026-03-27', { for: { text: ' days' } })).toBe('expected a period such as "3 days", found " days"');
  expect(end('2026-03-27', { for: { text: 3 } })).toBe('expected a period such as "3 days", found 3');
  expect(end('2026-03-27', { until: null })).toBe('expected a timestamp or a date to wait until, found null');
  expect(end('2026-03-27', { until: 'tomorrow' })).toBe(
    'expected a timestamp or a date to wait until, found "tomorrow"',
  );
  expect(end('2026-03-27', { for: period('9000 years') })).toBe('the end of the wait lies beyond the year 9999');
});

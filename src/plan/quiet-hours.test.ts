import { expect, test } from 'vitest';
import { type QuietHours, quietUntil } from './quiet-hours.ts';

const night: QuietHours = { from: 21 * 60, to: 8 * 60, timezone: 'Europe/Berlin' };
const until = (hours: QuietHours, at: string, zone = 'Europe/Berlin') => {
  const end = quietUntil(hours, zone, Date.parse(at));
  return end === null ? null : new Date(end).toISOString();
};

test('the first moment is quiet, the last one is not', () => {
  expect(until(night, '2026-01-15T20:59:59+01:00')).toBeNull();
  expect(until(night, '2026-01-15T21:00:00+01:00')).toBe('2026-01-16T07:00:00.000Z');
  expect(until(night, '2026-01-16T07:59:59+01:00')).toBe('2026-01-16T07:00:00.000Z');
  expect(until(night, '2026-01-16T08:00:00+01:00')).toBeNull();
});

test('they go by the clock of the zone, also in the nights it changes', () => {
  expect(until(night, '2026-03-28T23:00:00+01:00')).toBe('2026-03-29T06:00:00.000Z');
  expect(until(night, '2026-10-24T23:00:00+02:00')).toBe('2026-10-25T07:00:00.000Z');
  expect(until(night, '2026-01-15T22:00:00+01:00', 'America/New_York')).toBeNull();
});

test('weekdays are those on which they begin', () => {
  const fridays = { ...night, weekdays: [5] };
  expect(until(fridays, '2026-01-17T03:00:00+01:00')).toBe('2026-01-17T07:00:00.000Z');
  expect(until(fridays, '2026-01-16T03:00:00+01:00')).toBeNull();
});

test('whole days that follow one another are one', () => {
  const weekend = { from: 0, to: 0, weekdays: [6, 7], timezone: 'Europe/Berlin' };
  expect(until(weekend, '2026-01-17T12:00:00+01:00')).toBe('2026-01-18T23:00:00.000Z');
  expect(until(weekend, '2026-01-16T12:00:00+01:00')).toBeNull();
});

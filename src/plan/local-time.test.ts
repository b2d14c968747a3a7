import fc from 'fast-check';
import { Temporal } from 'temporal-polyfill';
import { describe, expect, it } from 'vitest';
import { addDuration, isoWithOffset, isZone, localTime, momentOf, momentOfText, weekdayOf } from './local-time.ts';

const ZONES = [
  'UTC',
  'Europe/Berlin',
  'America/New_York',
  'America/Sao_Paulo',
  'Australia/Lord_Howe',
  'Asia/Kathmandu',
  'Pacific/Apia',
  'Africa/Casablanca',
  'America/St_Johns',
  'Asia/Tehran',
  'Pacific/Chatham',
];
const zone = fc.constantFrom(...ZONES);
const moment = fc.integer({ min: Date.UTC(1975, 0, 1), max: Date.UTC(2037, 0, 1) });
/** moments around changes of the clock, which random ones hardly ever meet */
const nearChange = fc
  .tuple(zone, moment, fc.integer({ min: -3 * 3_600_000, max: 3 * 3_600_000 }))
  .map(([id, from, by]) => {
    const change = Temporal.Instant.fromEpochMilliseconds(from).toZonedDateTimeISO(id).getTimeZoneTransition('next');
    return { zone: id, ms: (change?.epochMilliseconds ?? from) + by };
  });
const anywhere = fc.oneof(fc.record({ zone, ms: moment }), nearChange);
const options = { seed: 2026, numRuns: 1500 };

function zoned(ms: number, id: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(id);
}

describe('against Temporal', () => {
  it('shows the same clock', () => {
    fc.assert(
      fc.property(anywhere, ({ zone: id, ms }) => {
        const oracle = zoned(ms, id);
        expect(localTime(ms, id)).toEqual({
          year: oracle.year,
          month: oracle.month,
          day: oracle.day,
          hour: oracle.hour,
          minute: oracle.minute,
          second: oracle.second,
          ms: oracle.millisecond,
        });
        expect(weekdayOf(localTime(ms, id))).toBe(oracle.dayOfWeek);
        expect(momentOfText(isoWithOffset(ms, id), 'UTC')).toBe(ms);
      }),
      options,
    );
  });

  it('finds the moment of a clock time, in gaps and overlaps too', () => {
    fc.assert(
      fc.property(anywhere, fc.integer({ min: -180, max: 180 }), ({ zone: id, ms }, minutes) => {
        const shown = zoned(ms, id).toPlainDateTime().add({ minutes });
        const { year, month, day, hour, minute, second, millisecond } = shown;
        expect(momentOf({ year, month, day, hour, minute, second, ms: millisecond }, id)).toBe(
          shown.toZonedDateTime(id, { disambiguation: 'compatible' }).epochMilliseconds,
        );
      }),
      options,
    );
  });

  it('adds periods', () => {
    const period = fc.record({
      months: fc.integer({ min: 0, max: 40 }),
      days: fc.integer({ min: 0, max: 400 }),
      ms: fc.integer({ min: 0, max: 10 ** 9 }),
      sign: fc.constantFrom(1, -1),
    });
    fc.assert(
      fc.property(anywhere, period, ({ zone: id, ms: from }, { months, days, ms, sign }) => {
        const oracle = zoned(from, id).add({ months: sign * months, days: sign * days, milliseconds: sign * ms });
        expect(addDuration(from, { months: sign * months, days: sign * days, ms: sign * ms }, id)).toBe(
          oracle.epochMilliseconds,
        );
      }),
      options,
    );
  });
});

it('keeps the clock time over the change of the clock, and clamps to the last day of the month', () => {
  const at = (text: string) => momentOfText(text, 'Europe/Berlin')!;
  const iso = (ms: number) => isoWithOffset(ms, 'Europe/Berlin');
  expect(iso(addDuration(at('2026-03-28T10:00'), { months: 0, days: 1, ms: 0 }, 'Europe/Berlin'))).toBe(
    '2026-03-29T10:00:00.000+02:00',
  );
  expect(iso(addDuration(at('2026-03-28T10:00'), { months: 0, days: 0, ms: 86_400_000 }, 'Europe/Berlin'))).toBe(
    '2026-03-29T11:00:00.000+02:00',
  );
  expect(iso(addDuration(at('2026-01-31'), { months: 1, days: 0, ms: 0 }, 'Europe/Berlin'))).toBe(
    '2026-02-28T00:00:00.000+01:00',
  );
  expect(iso(at('2026-03-29 02:30'))).toBe('2026-03-29T03:30:00.000+02:00');
  expect(iso(at('2026-10-25 02:30'))).toBe('2026-10-25T02:30:00.000+02:00');
});

it('reads ISO 8601 and nothing else', () => {
  const read = (text: string) => {
    const ms = momentOfText(text, 'Europe/Berlin');
    return ms === null ? null : new Date(ms).toISOString();
  };
  expect(read('2026-03-27T10:00:00Z')).toBe('2026-03-27T10:00:00.000Z');
  expect(read('2026-03-27T10:00:00.123456+01:00')).toBe('2026-03-27T09:00:00.123Z');
  expect(read('2026-03-27 10:00-0530')).toBe('2026-03-27T15:30:00.000Z');
  expect(read('2026-03-27T10:00:00.5Z')).toBe('2026-03-27T10:00:00.500Z');
  expect(read('2026-07-01')).toBe('2026-06-30T22:00:00.000Z');
  expect(read('0099-01-01T00:00Z')).toBe('0099-01-01T00:00:00.000Z');
  for (const text of [
    '',
    '2026',
    '2026-02-29',
    '2026-13-01',
    '2026-3-1',
    '27.03.2026',
    '2026-03-27T24:00Z',
    '2026-03-27T10:60Z',
    '2026-03-27T10Z',
    '2026-03-27T10:00:00.Z',
    '2026-03-27T10:00+1',
    '2026-03-27T10:00 Z',
    '2026-03-27x10:00',
    '0000-01-01',
    '1774605600000',
    '2026-03-27T10:00:61Z',
    '2026-03-27T-1:00Z',
  ]) {
    expect(read(text), text).toBeNull();
  }
});

it('knows zones', () => {
  expect(['Europe/Berlin', 'UTC', 'Europe/Berln', '', '+02:00', 'contact'].map(isZone)).toEqual([
    true,
    true,
    false,
    false,
    false,
    false,
  ]);
});

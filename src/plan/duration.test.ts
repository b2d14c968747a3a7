import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, isNegative, isZero, negate, parseDuration } from './duration.ts';

const HOUR = 3_600_000;
const of = (months: number, days: number, ms: number) => ({ months, days, ms });

describe('parseDuration', () => {
  it.each([
    ['30 seconds', of(0, 0, 30_000)],
    ['1 second', of(0, 0, 1000)],
    ['2 hours 30 minutes', of(0, 0, 2.5 * HOUR)],
    ['2h30m', of(0, 0, 2.5 * HOUR)],
    ['3d', of(0, 3, 0)],
    ['3 Days', of(0, 3, 0)],
    ['1 week', of(0, 7, 0)],
    ['1 year 2 months', of(14, 0, 0)],
    ['1.5 hours', of(0, 0, 1.5 * HOUR)],
    ['0.1 s', of(0, 0, 100)],
    ['250 ms', of(0, 0, 250)],
    ['10m', of(0, 0, 600_000)],
    ['0 days', of(0, 0, 0)],
    ['-2 days', of(0, -2, 0)],
    ['- 1 day 6 hours', of(0, -1, -6 * HOUR)],
    ['+2 days', of(0, 2, 0)],
    ['P3DT4H', of(0, 3, 4 * HOUR)],
    ['P1Y2M3W4DT5H6M7.5S', of(14, 25, 5 * HOUR + 6 * 60_000 + 7500)],
    ['PT0S', of(0, 0, 0)],
    ['-P2D', of(0, -2, 0)],
    ['pt5m', of(0, 0, 300_000)],
  ])('reads %s', (text, duration) => {
    expect(parseDuration(text)).toStrictEqual(duration);
  });

  it.each([
    '',
    ' ',
    '3',
    'days',
    '3 dayz',
    '1.5 days',
    '1 day 1 day',
    '3 M',
    '2 hours -30 minutes',
    '1,5 hours',
    'P',
    'PT',
    'P3DT',
    'P1.5D',
    'PT1S2H',
    'P1H',
    'three days',
    '1e3 days',
    '9999999 years',
    `${'1'.repeat(400)} days`,
    '3 days!',
  ])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeNull();
  });
});

it('writes what it reads', () => {
  const part = fc.integer({ min: 0, max: 100_000 });
  const made = fc.tuple(part, part, fc.integer({ min: 0, max: 10 ** 12 }), fc.boolean());
  fc.assert(
    fc.property(made, ([months, days, ms, negative]) => {
      const duration = negative ? negate(of(months, days, ms)) : of(months, days, ms);
      expect(parseDuration(formatDuration(duration))).toStrictEqual(duration);
    }),
    { seed: 7 },
  );
  expect(['14 days', '10d', 'PT90M', '-24 months', '0s'].map((text) => formatDuration(parseDuration(text)!))).toEqual([
    '2 weeks',
    '10 days',
    '1 hour 30 minutes',
    '-2 years',
    '0 seconds',
  ]);
});

it('tells zero and negative', () => {
  const facts = (text: string) => [isZero(parseDuration(text)!), isNegative(parseDuration(text)!)];
  expect(facts('0 days')).toEqual([true, false]);
  expect(facts('-0 days')).toEqual([true, false]);
  expect(facts('-1 second')).toEqual([false, true]);
  expect(facts('1 month')).toEqual([false, false]);
});

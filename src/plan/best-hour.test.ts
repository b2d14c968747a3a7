import { describe, expect, it } from 'vitest';
import { bestMoment } from './best-hour.ts';

const at = (text: string) => Date.parse(text);
const minutes = (...texts: string[]) => texts.map((text) => at(text) / 60_000);
const hours = (n: number) => ({ months: 0, days: 0, ms: n * 3_600_000 });
const zone = 'Europe/Berlin';
const now = at('2026-03-27T10:20:00Z'); // 11:20 in Berlin
const best = (reactions: readonly number[], within = hours(24)) =>
  new Date(bestMoment({ now, within, zone, reactions })).toISOString();

describe('bestMoment', () => {
  it('is the next begin of the hour of the contact that saw most reactions', () => {
    const evenings = minutes('2026-03-01T19:10:00Z', '2026-03-05T19:59:00Z', '2026-03-06T08:00:00Z');
    expect(best(evenings)).toBe('2026-03-27T19:00:00.000Z');
    expect(best(minutes('2026-03-02T06:30:00Z'))).toBe('2026-03-28T06:00:00.000Z');
  });

  it('counts hours on the clock of the zone, whatever its offset was then', () => {
    // 20:00 in Berlin, in summer and in winter
    const summer = minutes('2025-07-01T18:10:00Z', '2025-07-02T18:10:00Z', '2026-01-02T19:10:00Z');
    expect(best(summer)).toBe('2026-03-27T19:00:00.000Z');
    const india = { now, within: hours(24), zone: 'Asia/Kolkata', reactions: minutes('2026-03-01T03:45:00Z') };
    expect(new Date(bestMoment(india)).toISOString()).toBe('2026-03-28T03:30:00.000Z');
  });

  it('is now within that hour, and where nothing is known of the hours ahead', () => {
    expect(best(minutes('2026-03-01T10:50:00Z'))).toBe('2026-03-27T10:20:00.000Z');
    expect(best([])).toBe('2026-03-27T10:20:00.000Z');
    expect(best(minutes('2026-03-01T19:10:00Z'), hours(6))).toBe('2026-03-27T10:20:00.000Z');
  });

  it('takes the best hour that lies within the period', () => {
    const reactions = minutes('2026-03-01T19:10:00Z', '2026-03-02T19:10:00Z', '2026-03-01T13:10:00Z');
    expect(best(reactions, hours(6))).toBe('2026-03-27T13:00:00.000Z');
    expect(best(minutes('2026-03-01T19:10:00Z', '2026-03-01T13:10:00Z'))).toBe('2026-03-27T13:00:00.000Z');
  });
});

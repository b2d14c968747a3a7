/**
 * Arithmetic in a time zone. The zone rules are those of the Node that runs it, through `Intl` with the moment always
 * passed in, so it may run inside a workflow; releases of Node differ in a few zones,
 * so a run must not branch on what is computed here without recording it.
 */
import { daysIn, type LocalTime, MIDNIGHT, pad, parseTime, utc } from './iso-time.ts';
import type { Duration } from './plan.ts';

const DAY = 86_400_000;
const formatters = new Map<string, Intl.DateTimeFormat>();

/** Whether this Node knows the IANA zone. Offsets such as `+02:00` are no zones: they know no summer. */
export function isZone(zone: string): boolean {
  if (zone === '' || zone[0] === '+' || zone[0] === '-') return false;
  try {
    formatter(zone);
    return true;
  } catch {
    return false;
  }
}

/** What clock and calendar show at a moment (ms since the epoch) in a zone. */
export function localTime(ms: number, zone: string): LocalTime {
  const shown = new Date(ms + offsetAt(ms, zone));
  return {
    year: shown.getUTCFullYear(),
    month: shown.getUTCMonth() + 1,
    day: shown.getUTCDate(),
    hour: shown.getUTCHours(),
    minute: shown.getUTCMinutes(),
    second: shown.getUTCSeconds(),
    ms: shown.getUTCMilliseconds(),
  };
}

/**
 * The moment (ms) at which the clock shows these fields. A clock time left out by a change of the clock gives the one as
 * much later (02:30 becomes 03:30), one shown twice the first: what Temporal calls "compatible".
 */
export function momentOf(local: LocalTime, zone: string): number {
  const shown = utc(local);
  const before = shown - offsetAt(shown - DAY, zone);
  const after = shown - offsetAt(shown + DAY, zone);
  const first = Math.min(before, after);
  const second = Math.max(before, after);
  if (first + offsetAt(first, zone) === shown) return first;
  if (second + offsetAt(second, zone) === shown) return second;
  return before;
}

/** Months and days keep the clock time (a day that does not exist is the last of its month), milliseconds are exact. */
export function addDuration(ms: number, { months, days, ms: exact }: Duration, zone: string): number {
  // not through the clock: a moment in the second of two equal hours has to stay there
  if (months === 0 && days === 0) return ms + exact;
  const local = localTime(ms, zone);
  const { year, month, day } = addMonths(local, months);
  return momentOf({ ...local, year, month, day: day + days }, zone) + exact;
}

function addMonths({ year, month, day }: LocalTime, months: number): { year: number; month: number; day: number } {
  const total = year * 12 + month - 1 + months;
  const target = { year: Math.floor(total / 12), month: (((total % 12) + 12) % 12) + 1 };
  return { ...target, day: Math.min(day, daysIn(target.year, target.month)) };
}

/** 1 = Monday … 7 = Sunday */
export function weekdayOf({ year, month, day }: LocalTime): number {
  return new Date(utc({ year, month, day, ...MIDNIGHT })).getUTCDay() || 7;
}

/** ms of any text that `parseTime` reads; a text without an offset, and a date, hold in `zone`. Null for other text. */
export function momentOfText(text: string, zone: string): number | null {
  const parsed = parseTime(text);
  if (parsed === null) return null;
  return parsed.offset === null ? momentOf(parsed.local, zone) : utc(parsed.local) - parsed.offset;
}

/** `2026-03-27T10:00:00.000+01:00`; a part of a minute in the offset, as some zones had before 1972, is cut. */
export function isoWithOffset(ms: number, zone: string): string {
  const offset = offsetAt(ms, zone);
  const minutes = Math.trunc(Math.abs(offset) / 60_000);
  const sign = offset < 0 ? '-' : '+';
  return `${new Date(ms + offset).toISOString().slice(0, -1)}${sign}${pad(Math.floor(minutes / 60), 2)}:${pad(minutes % 60, 2)}`;
}

/** Days of UTC since 1970 within which two equal ends mean that nothing changed between: 2000 to 2199. */
const FIRST_KNOWN_DAY = 10_957;
const LAST_KNOWN_DAY = 84_005;
const REMEMBERED_DAYS = 2_000;
/** by zone and day of UTC, the offset as the day begins: asking `Intl` costs more than everything else here together */
const offsets = new Map<string, Map<number, number>>();

/** ms by which the clock is ahead of UTC */
function offsetAt(ms: number, zone: string): number {
  const day = Math.floor(ms / DAY);
  if (day < FIRST_KNOWN_DAY || day > LAST_KNOWN_DAY) return askOffset(ms, zone);
  const begin = offsetOnDay(day, zone);
  return begin === offsetOnDay(day + 1, zone) ? begin : askOffset(ms, zone);
}

function offsetOnDay(day: number, zone: string): number {
  const known = offsets.get(zone) ?? new Map<number, number>();
  const remembered = known.get(day);
  if (remembered !== undefined) return remembered;
  if (known.size >= REMEMBERED_DAYS) known.clear();
  const offset = askOffset(day * DAY, zone);
  offsets.set(zone, known.set(day, offset));
  return offset;
}

function askOffset(ms: number, zone: string): number {
  const shown: { [type: string]: number } = {};
  let era = 'AD';
  for (const { type, value } of formatter(zone).formatToParts(ms)) {
    if (type === 'era') era = value;
    else shown[type] = Number(value);
  }
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0 } = shown;
  const local = utc({ year: era === 'AD' ? year : 1 - year, month, day, hour, minute, second, ms: 0 });
  return local - Math.floor(ms / 1000) * 1000;
}

function formatter(zone: string): Intl.DateTimeFormat {
  let found = formatters.get(zone);
  if (found === undefined) {
    found = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formatters.set(zone, found);
  }
  return found;
}

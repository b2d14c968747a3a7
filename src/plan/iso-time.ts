/**
 * ISO 8601 by hand: `Date.parse` takes forms that differ between engines, and a workflow must read the same text the same
 * way for ever. Canonical forms inside a run: a timestamp is UTC with milliseconds and `Z`, a date is `YYYY-MM-DD`.
 */

export interface CalendarDate {
  readonly year: number;
  /** 1 to 12 */
  readonly month: number;
  readonly day: number;
}
export interface ClockTime {
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly ms: number;
}
/** What a clock and a calendar on a wall show. */
export type LocalTime = CalendarDate & ClockTime;

export const MIDNIGHT: ClockTime = { hour: 0, minute: 0, second: 0, ms: 0 };

/** The moment at which a clock in UTC shows these fields, ms since the epoch. A day or month beyond its end runs on. */
export function utc({ year, month, day, hour, minute, second, ms }: LocalTime): number {
  const date = new Date(0);
  // not Date.UTC: it takes the years 0 to 99 for 1900 to 1999
  date.setUTCFullYear(year, month - 1, day);
  return date.setUTCHours(hour, minute, second, ms);
}

/** Days in a month: 28 to 31. */
export function daysIn(year: number, month: number): number {
  return new Date(utc({ year, month: month + 1, day: 0, ...MIDNIGHT })).getUTCDate();
}

/** `YYYY-MM-DD` */
export function formatDate({ year, month, day }: CalendarDate): string {
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}`;
}

export function pad(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

/** Whether a moment (ms) can be written with a four-digit year. */
export function isWritable(ms: number): boolean {
  return ms >= -62_135_596_800_000 && ms <= 253_402_300_799_999;
}

/** Canonical text of a moment (ms), or null where it cannot be written. */
export function toTimestamp(ms: number): string | null {
  return isWritable(ms) ? new Date(ms).toISOString() : null;
}

/** A calendar date that exists, written `YYYY-MM-DD`; else null. */
export function parseDate(text: string): CalendarDate | null {
  if (text.length !== 10 || text[4] !== '-' || text[7] !== '-') return null;
  const year = digits(text, 0, 4);
  const month = digits(text, 5, 7);
  const day = digits(text, 8, 10);
  if (year < 1 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  return { year, month, day };
}

export interface ParsedTime {
  readonly local: LocalTime;
  /** ms east of UTC; null = the text names no zone, so the caller's zone holds */
  readonly offset: number | null;
}

/**
 * `2026-03-27T10:00:00.123+01:00`, with `T` or a space, seconds and fraction optional, zone `Z`, `±hh:mm`, `±hhmm` or
 * none; or a date, which is its midnight. Null for anything else. Beyond milliseconds a fraction is cut.
 */
export function parseTime(text: string): ParsedTime | null {
  const date = parseDate(text.slice(0, 10));
  if (date === null) return null;
  if (text.length === 10) return { local: { ...date, ...MIDNIGHT }, offset: null };
  if (!'Tt '.includes(text[10] ?? '?') || text[13] !== ':' || text.length > 40) return null;
  const hour = digits(text, 11, 13);
  const minute = digits(text, 14, 16);
  let at = 16;
  let second = 0;
  let ms = 0;
  if (text[at] === ':') {
    second = digits(text, 17, 19);
    at = 19;
    if (text[at] === '.' || text[at] === ',') {
      const start = at + 1;
      at = start;
      while (isDigit(text[at])) at += 1;
      if (at === start) return null;
      ms = digits(text.slice(start, Math.min(at, start + 3)).padEnd(3, '0'), 0, 3);
    }
  }
  const offset = parseOffset(text.slice(at));
  if (offset === undefined || !(hour <= 23 && minute <= 59 && second <= 59) || hour < 0 || minute < 0 || second < 0)
    return null;
  return { local: { ...date, hour, minute, second, ms }, offset };
}

function parseOffset(text: string): number | null | undefined {
  if (text === '') return null;
  if (text === 'Z' || text === 'z') return 0;
  const sign = text[0] === '+' ? 1 : text[0] === '-' ? -1 : 0;
  const colon = text[3] === ':' ? 1 : 0;
  if (sign === 0 || text.length !== 5 + colon) return undefined;
  const hours = digits(text, 1, 3);
  const minutes = digits(text, 3 + colon, 5 + colon);
  return hours >= 0 && hours <= 23 && minutes >= 0 && minutes <= 59
    ? sign * (hours * 60 + minutes) * 60_000
    : undefined;
}

export function isDigit(character: string | undefined): boolean {
  return character !== undefined && character.length === 1 && character >= '0' && character <= '9';
}

/** The number written in text[from, to), or -1 where a character is no digit. */
function digits(text: string, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at += 1) {
    if (!isDigit(text[at])) return -1;
    value = value * 10 + Number(text[at]);
  }
  return value;
}

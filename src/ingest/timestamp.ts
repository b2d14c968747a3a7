import type { Json } from '../plan/json.ts';

const RFC_3339 =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ]([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(?:\.(\d+))?(?:[Zz]|([+-])([01]\d|2[0-3]):?([0-5]\d))$/;

export const TIMESTAMP_HELP = 'RFC 3339 with an offset, such as 2026-03-27T10:00:00Z, or milliseconds since 1970';

/**
 * Milliseconds since the epoch of an RFC 3339 text with an offset (any fraction, cut to milliseconds) or of a number or
 * text of digits that counts milliseconds; null for everything else, among it a text without an offset, a day that does not exist,
 * seconds since 1970, and what lies before 1970 or after 9999.
 */
export function readTimestamp(value: Json | undefined): number | null {
  if (typeof value === 'number' || (typeof value === 'string' && /^\d{12,15}$/.test(value))) {
    return inRange(Number(value)) && Number(value) >= 1e11 ? Math.trunc(Number(value)) : null;
  }
  if (typeof value !== 'string') return null;
  const match = RFC_3339.exec(value.trim());
  if (!match) return null;
  const [, year, month, day, hour, minute, second, fraction, sign, offsetHour, offsetMinute] = match;
  if (!isDay(`${year}-${month}-${day}`)) return null;
  const local = Date.UTC(+year!, +month! - 1, +day!, +hour!, +minute!, +second!, +`${fraction ?? ''}000`.slice(0, 3));
  const offset = sign ? (sign === '-' ? -1 : 1) * (+offsetHour! * 60 + +offsetMinute!) * 60_000 : 0;
  return inRange(local - offset) ? local - offset : null;
}

/** Milliseconds of the first of `values` that is there; null: it cannot be read; undefined: none is there. */
export function firstTimestamp(...values: readonly (Json | undefined)[]): number | null | undefined {
  const value = values.find((one) => (one ?? null) !== null);
  return value === undefined ? undefined : readTimestamp(value);
}

/** Milliseconds of a number that counts seconds since 1970, with any fraction; null for everything else. */
export function readSeconds(value: Json | undefined): number | null {
  return typeof value === 'number' && value >= 1e8 && value < 1e11 ? Math.trunc(value * 1000) : null;
}

/** Whether a text is a calendar day that exists, `YYYY-MM-DD`. */
export function isDay(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (!match) return false;
  const date = new Date(Date.UTC(+match[1]!, +match[2]! - 1, +match[3]!));
  date.setUTCFullYear(+match[1]!);
  return date.getUTCMonth() === +match[2]! - 1 && date.getUTCDate() === +match[3]!;
}

function inRange(ms: number): boolean {
  return ms >= 0 && ms < Date.UTC(10_000, 0, 1);
}

import { isDigit } from './iso-time.ts';
import type { Duration } from './plan.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

type Field = 'months' | 'days' | 'ms';
interface Unit {
  readonly field: Field;
  /** how many of the field one unit is */
  readonly size: number;
  readonly names: readonly string[];
  /** letter of the ISO 8601 form, before or behind its `T` */
  readonly iso?: string;
}

/** Largest first: the order in which `formatDuration` writes them. The first two names are the plural and the singular. */
const UNITS: readonly Unit[] = [
  { field: 'months', size: 12, names: ['years', 'year', 'yr', 'yrs', 'y'], iso: 'Y' },
  { field: 'months', size: 1, names: ['months', 'month', 'mo', 'mos'], iso: 'M' },
  { field: 'days', size: 7, names: ['weeks', 'week', 'wk', 'wks', 'w'], iso: 'W' },
  { field: 'days', size: 1, names: ['days', 'day', 'd'], iso: 'D' },
  { field: 'ms', size: HOUR, names: ['hours', 'hour', 'hr', 'hrs', 'h'], iso: 'TH' },
  { field: 'ms', size: MINUTE, names: ['minutes', 'minute', 'min', 'mins', 'm'], iso: 'TM' },
  { field: 'ms', size: SECOND, names: ['seconds', 'second', 'sec', 'secs', 's'], iso: 'TS' },
  { field: 'ms', size: 1, names: ['milliseconds', 'millisecond', 'ms'] },
];

/** Beyond these no calendar can write the end: 9,999 years. */
const LIMITS: Duration = { months: 119_988, days: 3_652_059, ms: 315_537_897_600_000 };

/** Longest text that can be a period: every unit once, with room. */
const MAX_LENGTH = 200;

/**
 * A period as authors write it (LANGUAGE.md §5, Time): `30 seconds`, `2 hours 30 minutes`, `3d`, `P3DT4H`, `-2 days`.
 * A sign in front holds for the whole; weeks are 7 days, years 12 months; hours and below may have decimals. Each unit at
 * most once. Null for any other text.
 */
export function parseDuration(text: string): Duration | null {
  const trimmed = text.trim();
  if (trimmed.length > MAX_LENGTH) return null;
  const signed = trimmed[0] === '-' || trimmed[0] === '+';
  const body = (signed ? trimmed.slice(1) : trimmed).trimStart();
  const duration = body[0] === 'P' || body[0] === 'p' ? parseIso(body.toUpperCase()) : parseWords(body);
  if (duration === null || duration.months > LIMITS.months || duration.days > LIMITS.days || duration.ms > LIMITS.ms) {
    return null;
  }
  return trimmed[0] === '-' ? negate(duration) : duration;
}

/** `-3 days` for `3 days`. */
export function negate({ months, days, ms }: Duration): Duration {
  // 0 - 0 is 0, while -0 would differ from 0 in comparisons of plans
  return { months: 0 - months, days: 0 - days, ms: 0 - ms };
}

export function isZero({ months, days, ms }: Duration): boolean {
  return months === 0 && days === 0 && ms === 0;
}

/** Parts of one duration have one sign: `parseDuration` makes no others. */
export function isNegative({ months, days, ms }: Duration): boolean {
  return months < 0 || days < 0 || ms < 0;
}

/** `2 hours 30 minutes`: the text an author would write; `parseDuration` reads it back. */
export function formatDuration(duration: Duration): string {
  const left = isNegative(duration) ? { ...negate(duration) } : { ...duration };
  const parts: string[] = [];
  for (const { field, size, names } of UNITS) {
    // 10 days read better than 1 week 3 days
    if (names[0] === 'weeks' && left.days % 7 !== 0) continue;
    const count = Math.floor(left[field] / size);
    if (count === 0) continue;
    left[field] -= count * size;
    parts.push(`${count} ${names[count === 1 ? 1 : 0]}`);
  }
  return parts.length === 0 ? '0 seconds' : (isNegative(duration) ? '-' : '') + parts.join(' ');
}

function parseWords(text: string): Duration | null {
  const sum = { months: 0, days: 0, ms: 0 };
  const used = new Set<Unit>();
  let at = 0;
  while (at < text.length) {
    const number = readNumber(text, at);
    if (number === null) return null;
    at = skipSpaces(text, number.end);
    const start = at;
    while (isLetter(text[at])) at += 1;
    const name = text.slice(start, at);
    // a lone capital M is months to some and minutes to others
    const unit = name === 'M' ? undefined : UNITS.find(({ names }) => names.includes(name.toLowerCase()));
    if (unit === undefined || used.has(unit) || !add(sum, unit, number.text)) return null;
    used.add(unit);
    at = skipSpaces(text, at);
  }
  return used.size === 0 ? null : sum;
}

function parseIso(text: string): Duration | null {
  const sum = { months: 0, days: 0, ms: 0 };
  let rest = UNITS;
  let time = '';
  let at = 1;
  let parts = 0;
  while (at < text.length) {
    if (text[at] === 'T' && time === '') {
      time = 'T';
      at += 1;
      parts = 0;
      continue;
    }
    const number = readNumber(text, at);
    if (number === null) return null;
    const letter = time + (text[number.end] ?? '');
    const index = rest.findIndex(({ iso }) => iso === letter);
    const unit = rest[index];
    if (unit === undefined || !add(sum, unit, number.text)) return null;
    rest = rest.slice(index + 1);
    at = number.end + 1;
    parts += 1;
  }
  return parts === 0 ? null : sum;
}

function add(sum: { [F in Field]: number }, { field, size }: Unit, text: string): boolean {
  if (field !== 'ms' && text.includes('.')) return false;
  sum[field] += Math.round(Number(text) * size);
  return true;
}

function readNumber(text: string, from: number): { readonly text: string; readonly end: number } | null {
  let end = from;
  while (isDigit(text[end])) end += 1;
  if (end === from) return null;
  if (text[end] === '.' && isDigit(text[end + 1])) {
    end += 1;
    while (isDigit(text[end])) end += 1;
  }
  return { text: text.slice(from, end), end };
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ') at += 1;
  return at;
}

function isLetter(character: string | undefined): boolean {
  return character !== undefined && ((character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z'));
}

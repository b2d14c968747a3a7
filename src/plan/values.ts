/** What the values of expressions are to each other: equal, before, text. Rules of LANGUAGE.md §4. */
import { isDigit, parseDate, parseTime } from './iso-time.ts';
import type { Json, JsonObject } from './json.ts';

export function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

export function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own field; null where there is none. Names such as `constructor` are fields like any other. */
export function field(value: Json, name: string): Json {
  return isObject(value) && Object.hasOwn(value, name) ? (value[name] ?? null) : null;
}

/** `==`: null is a value of its own, lists and objects are equal by content, a date equals its midnight in UTC. */
export function equal(left: Json, right: Json): boolean {
  if (left === right) return true;
  if (typeof left === 'string' && typeof right === 'string') return asTime(left, right) === asTime(right, left);
  if (isList(left) && isList(right)) {
    return left.length === right.length && left.every((item, index) => equal(item, right[index] ?? null));
  }
  if (!isObject(left) || !isObject(right)) return false;
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => Object.hasOwn(right, name) && equal(left[name] ?? null, right[name] ?? null))
  );
}

/** Negative, 0 or positive for numbers and for texts; null where the two have no order. */
export function order(left: Json, right: Json): number | null {
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left !== 'string' || typeof right !== 'string') return null;
  const [a, b] = [asTime(left, right), asTime(right, left)];
  // by code unit, never by locale: the same everywhere
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * Canonical timestamps and dates are in order as text. Only a date beside a timestamp needs help: it counts as its
 * midnight in UTC, since a comparison has no zone; `timestamp(d)` gives the midnight of the zone.
 */
function asTime(text: string, other: string): string {
  return text.length === 10 && isTimestamp(other) && isDate(text) ? `${text}T00:00:00.000Z` : text;
}

/** `YYYY-MM-DD`, and exists */
export function isDate(text: string): boolean {
  return parseDate(text) !== null;
}

/** The canonical form: UTC, milliseconds, `Z` */
export function isTimestamp(text: string): boolean {
  return text.length === 24 && text.endsWith('Z') && text[10] === 'T' && text[19] === '.' && parseTime(text) !== null;
}

/** A value as it stands in a text: null is empty, a number as short as possible, a list or object its JSON. */
export function toText(value: Json): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A decimal number as people and producers write it, `12`, `-0.5`, `1e3`; null for any other text. */
export function toNumber(text: string): number | null {
  const first = text[0] === '-' || text[0] === '+' ? text[1] : text[0];
  const last = text[text.length - 1];
  // Number() would also take spaces, "", "0x1f" and "Infinity"
  if (!(isDigit(first) || first === '.') || !(isDigit(last) || last === '.') || 'xXoObB'.includes(text[1] ?? '?'))
    return null;
  return finite(Number(text));
}

/** JSON knows no infinity and no NaN: what has no finite value is null. Also rids of -0, which JSON would turn into 0. */
export function finite(value: number): number | null {
  return Number.isFinite(value) ? value + 0 : null;
}

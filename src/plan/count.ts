import type { Json } from './json.ts';
import { finite, toNumber } from './values.ts';

/** What an attribute becomes by counting: a missing one counts from 0; null where it holds no number. */
export function added(value: Json, by: number): number | null {
  const number = typeof value === 'string' ? toNumber(value.trim()) : value === null ? 0 : value;
  if (typeof number !== 'number') return null;
  // 0.1 + 0.2: the digits that a double does not have are cut, or they would stand in the profile
  return finite(Number((number + by).toPrecision(15)));
}

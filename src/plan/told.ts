/** What an event says of the contact's profile. */
import { canonicalJson } from './canonical-json.ts';
import type { CanonicalEvent } from './event.ts';
import type { Json } from './json.ts';
import { equal } from './values.ts';

/** Null: nothing. A producer may say `attribute_changed` itself; one of our own tells of what is written already. */
export function profileTold(event: CanonicalEvent): NonNullable<CanonicalEvent['profile']> | null {
  if (event.profile !== undefined) return event.profile;
  const { name, data } = event;
  if (name !== 'attribute_changed' || typeof data.name !== 'string') return null;
  return { set: { [data.name]: data.to ?? null }, unset: [] };
}

/**
 * Whether an `attribute_changed` changes nothing: of two values that it tells, or where it does not tell the one of before, by
 * what is known. A run's own write may turn out so, too: where the store is encrypted and persons were merged between its claim
 * and its outcome, the two values are sealed for two persons, and SQL takes them for different ones (`delivery/own-writes.ts`).
 *
 * @param known the value of before as we know it; undefined: not at all, or it is written already
 */
export function isUnchanged({ name, data }: Pick<CanonicalEvent, 'name' | 'data'>, known: Json | undefined): boolean {
  if (name !== 'attribute_changed' || data.to === undefined) return false;
  if (data.from !== undefined) return canonicalJson(data.from) === canonicalJson(data.to);
  return known !== undefined && equal(known, data.to);
}

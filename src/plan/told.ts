/** What an event says of the contact's profile. */
import type { CanonicalEvent } from './event.ts';

/** Null: nothing. A producer may say `attribute_changed` itself; one of our own tells of what is written already. */
export function profileTold(event: CanonicalEvent): NonNullable<CanonicalEvent['profile']> | null {
  if (event.profile !== undefined) return event.profile;
  const { name, data } = event;
  if (name !== 'attribute_changed' || typeof data.name !== 'string') return null;
  return { set: { [data.name]: data.to ?? null }, unset: [] };
}

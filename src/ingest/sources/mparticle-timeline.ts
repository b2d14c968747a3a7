/** The events of one mParticle message, one after the other, each with the identifiers that held when it happened. */
import type { Contact, IdentityChange } from '../../plan/event.ts';
import { contactAfter, contactBefore, isNobody } from './mparticle-message.ts';

/**
 * The contact at each of a message's events. `contact`: the user as the message names them, after all of `told`;
 * `told`: what each event tells of identities; most tell nothing, or nothing that changes one. `order`: the events' places,
 * in the order in which they happened.
 */
export function contactsAt(
  contact: Contact,
  told: readonly ({ readonly change: IdentityChange | null } | null)[],
  order: readonly number[],
): Contact[] {
  // One who had a single identifier is named by its removal alone.
  if (isNobody(contact)) return told.map((one) => (one?.change ? contactAfter(contact, one.change) : contact));
  const contacts: Contact[] = new Array(told.length);
  let current = contact;
  for (const n of order.toReversed()) {
    const change = told[n]?.change ?? null;
    contacts[n] = change === null ? current : contactAfter(current, change);
    if (change !== null) current = contactBefore(current, change);
  }
  return contacts;
}

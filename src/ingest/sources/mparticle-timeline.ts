/** The events of one mParticle message, one after the other, each with the identifiers that held when it happened. */
import type { Contact, IdentityChange } from '../../plan/event.ts';
import { contactAfter, contactBefore } from './mparticle-message.ts';

/**
 * The contact at each of a message's events. `contact`: the user as the message names them, after all of `changes`;
 * `changes`: per event, the change of identity that it tells of, or null.
 */
export function contactsAt(contact: Contact, changes: readonly (IdentityChange | null)[]): Contact[] {
  const contacts: Contact[] = new Array(changes.length);
  let current = contact;
  for (let n = changes.length - 1; n >= 0; n--) {
    const change = changes[n] ?? null;
    contacts[n] = change === null ? current : contactAfter(current, change);
    if (change !== null) current = contactBefore(current, change);
  }
  return contacts;
}

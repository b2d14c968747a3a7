import { randomUUID } from 'node:crypto';
import { type Contact, type EventNote, IDENTIFIER_KINDS, type IdentifierKind } from '../plan/event.ts';
import { normalizeIdentifier } from '../store/identifiers.ts';

/** An identifier in its look-up form, with the text it was first given as. */
export interface Identifier {
  readonly kind: IdentifierKind;
  readonly value: string;
  readonly display: string;
}

/** Strongest first. */
export function identifiersOf(contact: Contact): Identifier[] {
  return IDENTIFIER_KINDS.flatMap((kind) => {
    const display = contact[kind];
    return display === undefined ? [] : [{ kind, value: normalizeIdentifier(kind, display), display }];
  });
}

export function identifierKey(identifier: { readonly kind: string; readonly value: string }): string {
  return `${identifier.kind} ${identifier.value}`;
}

export interface Resolution {
  /** person of each contact, in the order given */
  readonly persons: readonly string[];
  /** identifiers of each contact that belong to somebody else */
  readonly conflicts: readonly (readonly EventNote[])[];
  /** `first`: what they are first known by, the strongest identifier of the contact, normalized */
  readonly newPersons: readonly { readonly id: string; readonly first: string | null }[];
  /** identifiers nobody had, and who has them from now on, sorted by kind and value */
  readonly claims: readonly (Identifier & { readonly person: string })[];
}

/**
 * Who each contact is. The strongest known identifier decides; a contact with none known is a new person. Identifiers
 * that nobody has go to that person; one that belongs to somebody else stays there and is noted as a conflict: persons
 * are never merged here, and an identifier is never moved.
 *
 * @param owners person by `identifierKey`, for every identifier that somebody has
 */
export function resolveIdentities(contacts: readonly Contact[], owners: ReadonlyMap<string, string>): Resolution {
  const known = new Map(owners);
  const persons: string[] = [];
  const conflicts: EventNote[][] = [];
  const newPersons: { id: string; first: string | null }[] = [];
  const claims: (Identifier & { person: string })[] = [];
  for (const contact of contacts) {
    const identifiers = identifiersOf(contact);
    let person = identifiers
      .map((identifier) => known.get(identifierKey(identifier)))
      .find((owner) => owner !== undefined);
    if (person === undefined) {
      person = randomUUID();
      newPersons.push({ id: person, first: identifiers[0]?.value ?? null });
    }
    const notes: EventNote[] = [];
    for (const identifier of identifiers) {
      const owner = known.get(identifierKey(identifier));
      if (owner === undefined) {
        known.set(identifierKey(identifier), person);
        claims.push({ ...identifier, person });
      } else if (owner !== person) {
        notes.push({ pointer: `/contact/${identifier.kind}`, detail: 'belongs to another person, who keeps it' });
      }
    }
    persons.push(person);
    conflicts.push(notes);
  }
  claims.sort((a, b) => (identifierKey(a) < identifierKey(b) ? -1 : 1));
  return { persons, conflicts, newPersons, claims };
}

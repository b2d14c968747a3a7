import { randomUUID } from 'node:crypto';
import { type Alias, type Contact, type EventNote, IDENTIFIER_KINDS } from '../plan/event.ts';
import { normalizeIdentifier } from '../store/identifiers.ts';

/** An identifier as it is looked up, as it is compared, and as it was first given. */
export interface Identifier {
  /** of `Contact`, or `alias:TYPE` */
  readonly kind: string;
  /** as `identifiers.value` has it */
  readonly value: string;
  readonly normalized: string;
  readonly display: string;
}

/** Who has an identifier. */
export interface Owner {
  readonly person: string;
  /** it was theirs once, and nobody else has it now */
  readonly former: boolean;
  /** when a change of identity made it theirs, or former; null: it was only named */
  readonly told?: Date | null;
}

/** The form for look-up of a normalized identifier: keyed where the store is encrypted. */
export type Lookup = (kind: string, normalized: string) => string;

/** Strongest first. */
export function identifiersOf(contact: Contact, lookup: Lookup): Identifier[] {
  return IDENTIFIER_KINDS.flatMap((kind) => {
    const display = contact[kind];
    if (display === undefined) return [];
    const normalized = normalizeIdentifier(kind, display);
    return [{ kind, value: lookup(kind, normalized), normalized, display }];
  });
}

/**
 * Names that nothing is ever sent to: a producer's own id of the contact, hashed addresses. Each once: mParticle names the new
 * ones twice where an identity changes.
 */
export function aliasesOf(aliases: readonly Alias[], lookup: Lookup): Identifier[] {
  const found = aliases.flatMap(({ type, value }) => {
    const kind = `alias:${type}`;
    const normalized = value.trim();
    return normalized === '' ? [] : [{ kind, value: lookup(kind, normalized), normalized, display: normalized }];
  });
  return [...new Map(found.map((alias) => [identifierKey(alias), alias])).values()];
}

export function identifierKey(identifier: { readonly kind: string; readonly value: string }): string {
  return `${identifier.kind} ${identifier.value}`;
}

/** A contact as one event names it. */
export interface Named {
  readonly identifiers: readonly Identifier[];
  readonly aliases: readonly Identifier[];
}

export type Claim = Identifier & {
  readonly person: string;
  /** by a change of identity: when the producer says that it happened, ISO 8601 UTC */
  readonly told?: string;
};

export interface NewPerson {
  readonly id: string;
  /** what they are first known by: the strongest identifier, normalized; null without any */
  readonly first: string | null;
}

/** An identifier that somebody else has, who keeps it. */
export interface Conflict {
  readonly kind: string;
  readonly other: string;
}

export interface Resolution {
  /** person of each contact, in the order given */
  readonly persons: readonly string[];
  /** of each contact */
  readonly conflicts: readonly (readonly Conflict[])[];
  /** what else is to be said of each */
  readonly notes: readonly (readonly EventNote[])[];
  readonly newPersons: readonly NewPerson[];
  /** identifiers that nobody had, or had last, and who has them from now on; sorted by kind and value */
  readonly claims: readonly Claim[];
}

/**
 * Who each contact is. The strongest known identifier decides. A contact that names nothing but former identifiers of
 * somebody is that person; else it is a new person. Identifiers that nobody has, or that are somebody's former ones, go to
 * the person; one that somebody else has stays there and is a conflict: persons are never merged here, and nobody loses an
 * identifier. Aliases are kept, and decide nothing.
 *
 * @param owners by `identifierKey`, of every identifier and alias that somebody has or had
 */
export function resolveIdentities(contacts: readonly Named[], owners: ReadonlyMap<string, Owner>): Resolution {
  const known = new Map(owners);
  const resolution = {
    persons: [] as string[],
    conflicts: [] as Conflict[][],
    notes: [] as EventNote[][],
    newPersons: [] as NewPerson[],
    claims: new Map<string, Claim>(),
  };
  for (const contact of contacts) {
    let person = personOf(contact, known);
    if (person === undefined) {
      person = randomUUID();
      resolution.newPersons.push({ id: person, first: contact.identifiers[0]?.normalized ?? null });
    }
    const conflicts: Conflict[] = [];
    const notes: EventNote[] = [];
    for (const identifier of [...contact.identifiers, ...contact.aliases]) {
      const key = identifierKey(identifier);
      const owner = known.get(key);
      if (owner === undefined || (owner.former && owner.person !== person)) {
        known.set(key, { person, former: false });
        resolution.claims.set(key, { ...identifier, person });
      } else if (owner.former) {
        notes.push({
          pointer: `/contact/${identifier.kind}`,
          detail: 'was replaced for this person: nothing is sent to it',
        });
      } else if (owner.person !== person && !identifier.kind.startsWith('alias:')) {
        conflicts.push({ kind: identifier.kind, other: owner.person });
        notes.push({ pointer: `/contact/${identifier.kind}`, detail: 'belongs to another person, who keeps it' });
      }
    }
    resolution.persons.push(person);
    resolution.conflicts.push(conflicts);
    resolution.notes.push(notes);
  }
  return { ...resolution, claims: sorted([...resolution.claims.values()]) };
}

/** So that two transactions with the same new people wait for each other instead of deadlocking. */
export function sorted(claims: readonly Claim[]): Claim[] {
  return [...claims].sort((a, b) => (identifierKey(a) < identifierKey(b) ? -1 : 1));
}

function personOf({ identifiers }: Named, known: ReadonlyMap<string, Owner>): string | undefined {
  const owners = identifiers.map((identifier) => known.get(identifierKey(identifier)));
  const current = owners.find((owner) => owner?.former === false);
  if (current !== undefined) return current.person;
  // With any new identifier beside it, a former one may have gone to somebody new.
  const [former] = owners;
  return former !== undefined && owners.every((owner) => owner?.person === former.person) ? former.person : undefined;
}

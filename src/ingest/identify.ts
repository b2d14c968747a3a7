/** Which person each event is about; what the events say of identities is written down. */
import type { Transaction } from 'kysely';
import type { CanonicalEvent, EventNote, IdentityChange } from '../plan/event.ts';
import { resendToNamed } from '../store/resend-syncs.ts';
import type { Tables } from '../store/tables.ts';
import { aliasesOf, identifierKey, identifiersOf, resolveIdentities } from './identity.ts';
import { changeIdentity } from './identity-change.ts';
import { claimIdentifiers, createPersons, lockFound, lookupOf, noteIdentities, ownersOf } from './identity-store.ts';

export interface Identified {
  readonly person: string;
  /** what operators should know of the contact as it was named */
  readonly notes: readonly EventNote[];
  /** how many identifiers belong to somebody else, who keeps them */
  readonly conflicts: number;
}

/** In the order given; the persons are locked from here to the commit. An event that changes an identity holds for those after it. */
export async function identify(
  trx: Transaction<Tables>,
  events: readonly CanonicalEvent[],
): Promise<readonly Identified[]> {
  const isChanging = events.some(changes);
  if (isChanging) await lockNamed(trx, events);
  const identified: Identified[] = [];
  let plain: CanonicalEvent[] = [];
  for (const event of events) {
    if (!changes(event)) {
      plain.push(event);
      continue;
    }
    identified.push(...(await identifyPlain(trx, plain)));
    plain = [];
    identified.push(await changeIdentity(trx, event, event.identityChange));
  }
  identified.push(...(await identifyPlain(trx, plain)));
  return isChanging ? await afterMerges(trx, identified) : identified;
}

type Change = CanonicalEvent & { readonly identityChange: IdentityChange };

/** Test traffic changes nobody. */
function changes(event: CanonicalEvent): event is Change {
  return event.identityChange !== undefined && event.development !== true;
}

/**
 * Everybody whom the events name, in the order in which everybody locks. One by one, as they come to be needed, two
 * requests would often wait for each other.
 */
async function lockNamed(trx: Transaction<Tables>, events: readonly CanonicalEvent[]): Promise<void> {
  const lookup = lookupOf(trx);
  const named = events.flatMap(({ contact, aliases = [], identityChange: change }) => [
    ...[contact, change?.from ?? {}, change?.to ?? {}].flatMap((one) => identifiersOf(one, lookup)),
    ...aliasesOf(aliases, lookup),
  ]);
  const unique = new Map(named.map((identifier) => [identifierKey(identifier), identifier]));
  const owners = await ownersOf(trx, [...unique.values()]);
  await lockFound(
    trx,
    [...owners.values()].map(({ person }) => person),
  );
}

/** Somebody named early in the list may have become somebody else by a change that stands behind. */
async function afterMerges(
  trx: Transaction<Tables>,
  identified: readonly Identified[],
): Promise<readonly Identified[]> {
  const rows = await trx
    .selectFrom('persons')
    .select(['id', 'merged_into'])
    .where('id', 'in', [...new Set(identified.map(({ person }) => person))])
    .where('merged_into', 'is not', null)
    .execute();
  const remains = new Map(rows.map(({ id, merged_into }) => [id, merged_into!]));
  return identified.map((one) => ({ ...one, person: remains.get(one.person) ?? one.person }));
}

async function identifyPlain(
  trx: Transaction<Tables>,
  events: readonly CanonicalEvent[],
): Promise<readonly Identified[]> {
  if (events.length === 0) return [];
  const lookup = lookupOf(trx);
  const contacts = events.map(({ contact, aliases = [] }) => ({
    identifiers: identifiersOf(contact, lookup),
    aliases: aliasesOf(aliases, lookup),
  }));
  const owners = await ownersOf(
    trx,
    contacts.flatMap(({ identifiers, aliases }) => [...identifiers, ...aliases]),
  );
  const { persons, conflicts, notes, newPersons, claims } = resolveIdentities(contacts, owners);
  const made = new Set(newPersons.map(({ id }) => id));
  // Persons come before identifiers, as where an identity changes: the other way round, two would wait for each other.
  await lockFound(
    trx,
    persons.filter((person) => !made.has(person)),
  );
  await createPersons(trx, newPersons);
  await claimIdentifiers(trx, claims);
  const named = claims.filter(({ person, kind }) => !made.has(person) && !kind.startsWith('alias:'));
  if (named.length > 0) {
    await resendToNamed(
      trx,
      named.map((claim) => ({ ...claim, isNew: !owners.has(identifierKey(claim)) })),
    );
  }
  await noteIdentities(
    trx,
    events.flatMap(({ source, id }, n) =>
      conflicts[n]!.map(
        (conflict) => ({ person: persons[n]!, what: 'conflict', ...conflict, source, event: id }) as const,
      ),
    ),
  );
  return events.map((_, n) => ({ person: persons[n]!, notes: notes[n]!, conflicts: conflicts[n]!.length }));
}

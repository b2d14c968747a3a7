/** Which person each event is about; what the events say of identities is written down. */
import type { Transaction } from 'kysely';
import type { CanonicalEvent, EventNote } from '../plan/event.ts';
import { resendToNamed } from '../store/resend-syncs.ts';
import type { Tables } from '../store/tables.ts';
import { aliasesOf, identifiersOf, resolveIdentities } from './identity.ts';
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
  const identified: Identified[] = [];
  let changes = 0;
  let plain: CanonicalEvent[] = [];
  for (const event of events) {
    if (event.identityChange === undefined || event.development === true) {
      plain.push(event);
      continue;
    }
    identified.push(...(await identifyPlain(trx, plain)));
    plain = [];
    identified.push(await changeIdentity(trx, event, event.identityChange));
    changes += 1;
  }
  identified.push(...(await identifyPlain(trx, plain)));
  return changes === 0 ? identified : await afterMerges(trx, identified);
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
  await createPersons(trx, newPersons);
  await claimIdentifiers(trx, claims);
  await lockFound(trx, persons);
  const made = new Set(newPersons.map(({ id }) => id));
  const named = claims.filter(({ person, kind }) => !made.has(person) && !kind.startsWith('alias:'));
  if (named.length > 0) await resendToNamed(trx, named);
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

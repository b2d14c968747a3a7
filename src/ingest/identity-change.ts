/** A producer tells that identifiers of a contact were replaced, added or taken away: docs/identity.md. */
import type { Transaction } from 'kysely';
import type { CanonicalEvent, EventNote, IdentityChange } from '../plan/event.ts';
import { resendSkipped, resendSyncs, resendToNamed } from '../store/resend-syncs.ts';
import type { Tables } from '../store/tables.ts';
import type { Identified } from './identify.ts';
import {
  aliasesOf,
  type Claim,
  type Identifier,
  identifierKey,
  identifiersOf,
  type Owner,
  sorted,
} from './identity.ts';
import {
  claimIdentifiers,
  type IdentityNote,
  keepFormer,
  lockFound,
  lookupOf,
  noteIdentities,
  ownersOf,
} from './identity-store.ts';
import { mayMerge, mergePersons } from './merge-persons.ts';
import { newerChanges, retire, retireMappId, tellTimes } from './retire.ts';
import { whoItWas } from './who-it-was.ts';

/** Kinds that messages go to: Mapp's contact has the old one still. */
const ADDRESSES: readonly string[] = ['email', 'mobile'];

/**
 * Moves the person from the old identifiers to the new ones; they keep their id, their history and their runs. Of a kind
 * that changes, the new identifier is the only one from then on: nothing is sent to any other. One that somebody else has
 * merges that person into this one where the two contradict each other in nothing; else it is a conflict, and stays.
 * Of two changes of a kind the later one holds, by the producer's time, in whatever order they arrive.
 */
export async function changeIdentity(
  trx: Transaction<Tables>,
  event: CanonicalEvent,
  change: IdentityChange,
): Promise<Identified> {
  const lookup = lookupOf(trx);
  const from = identifiersOf(change.from, lookup);
  const to = identifiersOf(change.to, lookup);
  const changed = new Set([...from, ...to].map(({ kind }) => kind));
  // `contact` may name the new identifiers too; what tells who it was are the others.
  const stays = identifiersOf(event.contact, lookup).filter(({ kind }) => !changed.has(kind));
  const aliases = aliasesOf(event.aliases ?? [], lookup);
  const owners = await ownersOf(trx, [...from, ...to, ...stays, ...aliases]);
  const person = await whoItWas(trx, { from, to, stays, aliases }, owners);
  const others = [...owners.values()].map((owner) => owner.person).filter((owner) => owner !== person);
  await lockFound(trx, [person, ...others]);

  const about = { source: event.source, event: event.id };
  const told: IdentityNote[] = [];
  const notes: EventNote[] = [];
  const newer = await newerChanges(trx, person, [...changed], event.time);
  const holds = ({ kind }: Identifier) => !newer.has(kind);
  for (const kind of newer) notes.push({ pointer: `/contact/${kind}`, detail: 'a later change of it came before' });
  const retired = await retire(trx, person, from.filter(holds), to.filter(holds), event.time);
  if ([...changed].some((kind) => ADDRESSES.includes(kind) && !newer.has(kind)))
    retired.push(...(await retireMappId(trx, person, to, event.time)));
  for (const kind of retired) {
    const what = to.some((identifier) => identifier.kind === kind) ? 'changed' : 'removed';
    told.push({ person, what, kind, ...about });
  }
  const claim = (identifier: Identifier) => ({ ...identifier, person, told: event.time });
  await keepFormer(trx, [...from, ...to.filter((identifier) => !holds(identifier))].map(claim));
  let conflicts = 0;
  /** who was somebody else when `owners` was read */
  const merged = new Set<string>();
  const named: (Claim & { readonly isNew: boolean })[] = [];
  for (const identifier of [...to.filter(holds), ...stays]) {
    const isNew = to.includes(identifier);
    const pointer = `/contact/${identifier.kind}`;
    const owner = owners.get(identifierKey(identifier));
    if (owner === undefined || (owner.former && !(isNew && isLater(owner, person, event.time)))) {
      await claimIdentifiers(trx, [isNew ? claim(identifier) : { ...identifier, person }]);
      named.push({ ...identifier, person, isNew: owner === undefined });
    } else if (owner.person !== person) {
      const other = owner.person;
      if (isNew && !merged.has(other) && (await mayMerge(trx, person, other))) {
        merged.add(other);
        await mergePersons(trx, person, other);
        told.push({ person, what: 'merged', kind: identifier.kind, other, ...about });
        notes.push({ pointer, detail: `was known as another person, ${other}, who is this one from now on` });
      }
      if (!merged.has(other)) {
        conflicts += 1;
        told.push({ person, what: 'conflict', kind: identifier.kind, other, ...about });
        notes.push({ pointer, detail: 'belongs to another person, who keeps it' });
      } else if (isNew && !owner.former) {
        // Whoever they were may have had several: the new one is the only one.
        await retire(trx, person, [], [identifier], event.time);
      }
    }
  }
  // Whatever Mapp holds, it holds for the contacts with the addresses of before.
  const replaced = retired.every((kind) => kind === 'mapp_id' || named.some((one) => one.kind === kind && one.isNew));
  if (retired.length > 0 || merged.size > 0) await resendSyncs(trx, [person], replaced && merged.size === 0);
  if (named.length > 0) await resendToNamed(trx, named);
  if (merged.size > 0) await resendSkipped(trx, [person]);
  await tellTimes(trx, person, to.filter(holds), event.time);
  const unknown = aliases.filter((alias) => !owners.has(identifierKey(alias)));
  await claimIdentifiers(trx, sorted(unknown.map((alias) => ({ ...alias, person }))));
  await noteIdentities(trx, told);
  return { person, notes, conflicts };
}

/** Somebody gave it up by a later change, which came before this one: whoever got it by this one is the same person. */
function isLater(owner: Owner, person: string, time: string): boolean {
  return owner.person !== person && (owner.told?.getTime() ?? 0) > Date.parse(time);
}

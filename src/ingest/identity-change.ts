/** A producer tells that identifiers of a contact were replaced, added or taken away: docs/identity.md. */
import { sql, type Transaction } from 'kysely';
import { type CanonicalEvent, type EventNote, IDENTIFIER_KINDS, type IdentityChange } from '../plan/event.ts';
import { lockPersons } from '../store/inbox.ts';
import type { Tables } from '../store/tables.ts';
import type { Identified } from './identify.ts';
import { aliasesOf, type Identifier, identifierKey, identifiersOf, resolveIdentities } from './identity.ts';
import {
  claimIdentifiers,
  createPersons,
  type IdentityNote,
  lookupOf,
  noteIdentities,
  ownersOf,
} from './identity-store.ts';
import { mayMerge, mergePersons } from './merge-persons.ts';

/**
 * Moves the person from the old identifiers to the new ones; they keep their id, their history and their runs. Of a kind
 * that changes, the new identifier is the only one from then on: nothing is sent to any other. One that somebody else has
 * merges that person into this one where the two contradict each other in nothing; else it is a conflict, and stays.
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
  const named = [...from, ...to, ...stays, ...aliases];
  const owners = await ownersOf(trx, named);
  const person = await whoItWas(trx, { from, to, stays, aliases }, owners);
  const others = [...owners.values()].map((owner) => owner.person).filter((owner) => owner !== person);
  await lockPersons(trx, [person, ...others]);

  const about = { source: event.source, event: event.id };
  const told: IdentityNote[] = [];
  const notes: EventNote[] = [];
  for (const kind of await retire(trx, person, from, to)) {
    const what = to.some((identifier) => identifier.kind === kind) ? 'changed' : 'removed';
    told.push({ person, what, kind, ...about });
  }
  let conflicts = 0;
  for (const identifier of [...to, ...stays]) {
    const pointer = `/contact/${identifier.kind}`;
    const owner = owners.get(identifierKey(identifier));
    if (owner === undefined || owner.former) await take(trx, person, identifier);
    else if (owner.person !== person) {
      const other = owner.person;
      if (to.includes(identifier) && (await mayMerge(trx, person, other))) {
        await mergePersons(trx, person, other);
        told.push({ person, what: 'merged', kind: identifier.kind, other, ...about });
        notes.push({ pointer, detail: `was known as another person, ${other}, who is this one from now on` });
      } else {
        conflicts += 1;
        told.push({ person, what: 'conflict', kind: identifier.kind, other, ...about });
        notes.push({ pointer, detail: 'belongs to another person, who keeps it' });
      }
    }
  }
  const unknown = aliases.filter((alias) => !owners.has(identifierKey(alias)));
  for (const alias of unknown) await take(trx, person, alias);
  await noteIdentities(trx, told);
  return { person, notes, conflicts };
}

interface Sides {
  readonly from: readonly Identifier[];
  readonly to: readonly Identifier[];
  readonly stays: readonly Identifier[];
  readonly aliases: readonly Identifier[];
}

/** The strongest of what is left behind and what stays decides; then aliases, former identifiers, and the new ones. */
async function whoItWas(
  trx: Transaction<Tables>,
  { from, to, stays, aliases }: Sides,
  owners: Awaited<ReturnType<typeof ownersOf>>,
): Promise<string> {
  const rank = ({ kind }: Identifier) => (IDENTIFIER_KINDS as readonly string[]).indexOf(kind);
  const before = [...from, ...stays].sort((a, b) => rank(a) - rank(b));
  const found = (identifiers: readonly Identifier[], former: boolean) =>
    identifiers
      .map((identifier) => owners.get(identifierKey(identifier)))
      .find((owner) => owner !== undefined && (former || !owner.former))?.person;
  const known = found(before, false) ?? found(aliases, true) ?? found(before, true) ?? found(to, false);
  if (known !== undefined) return known;
  const { persons, newPersons } = resolveIdentities([{ identifiers: [...to, ...before], aliases: [] }], new Map());
  await createPersons(trx, newPersons);
  return persons[0]!;
}

/** What the person has of a kind that changes, but for the new one, is former from now on. Answers the kinds. */
async function retire(
  trx: Transaction<Tables>,
  person: string,
  from: readonly Identifier[],
  to: readonly Identifier[],
): Promise<string[]> {
  const column = (identifiers: readonly Identifier[], key: 'kind' | 'value') => identifiers.map((one) => one[key]);
  const { rows } = await sql<{ kind: string }>`
    update identifiers i set former = true
    where i.person in (select id from persons where id = ${person} union all select id from persons where merged_into = ${person})
      and not i.former
      and (i.kind = any(${column(to, 'kind')}::text[])
        or (i.kind, i.value) in (select * from unnest(${column(from, 'kind')}::text[], ${column(from, 'value')}::text[])))
      and (i.kind, i.value) not in (select * from unnest(${column(to, 'kind')}::text[], ${column(to, 'value')}::text[]))
    returning i.kind`.execute(trx);
  return [...new Set(rows.map(({ kind }) => kind))];
}

function take(trx: Transaction<Tables>, person: string, identifier: Identifier): Promise<void> {
  return claimIdentifiers(trx, [{ ...identifier, person }]);
}

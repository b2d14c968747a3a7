import type { Transaction } from 'kysely';
import { IDENTIFIER_KINDS } from '../plan/event.ts';
import type { Tables } from '../store/tables.ts';
import { type Identifier, identifierKey, type Owner, resolveIdentities } from './identity.ts';
import { createPersons } from './identity-store.ts';

/** What an event that changes an identity names. */
export interface Sides {
  readonly from: readonly Identifier[];
  readonly to: readonly Identifier[];
  readonly stays: readonly Identifier[];
  readonly aliases: readonly Identifier[];
}

/** The strongest of what is left behind and what stays decides; then aliases, former identifiers, and the new ones. */
export async function whoItWas(
  trx: Transaction<Tables>,
  { from, to, stays, aliases }: Sides,
  owners: ReadonlyMap<string, Owner>,
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

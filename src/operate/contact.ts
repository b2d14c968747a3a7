import { canonicalPerson, identifiersOf } from '../delivery/canonical-person.ts';
import { type RawBuilder, sql } from 'kysely';
import type { Contact } from '../plan/event.ts';
import { IDENTIFIER_KINDS, type IdentifierKind } from '../plan/event.ts';
import { normalizeIdentifier } from '../store/identifiers.ts';
import type { Store } from '../store/store.ts';

/**
 * SQL: the identifiers of the person named by a column such as `entries.person`, as one JSON object `{ "email": "…" }`;
 * those of the person it was merged into, where it was.
 */
export function contactOf(column: string): RawBuilder<Contact> {
  return sql<Contact>`(select ${sql.raw(identifiersOf('canonical.id'))} from ${sql.raw(canonicalPerson(column))})`;
}

/**
 * Reads `email=ada@example.com`.
 * Throws an Error that says what is accepted.
 */
export function parseContact(text: string): { kind: IdentifierKind; value: string } {
  const at = text.indexOf('=');
  const kind = IDENTIFIER_KINDS.find((known) => known === text.slice(0, at));
  const value = text.slice(at + 1).trim();
  if (at < 0 || kind === undefined || value === '') {
    throw new Error(`"${text}" names no contact. Write KIND=VALUE, where KIND is one of ${IDENTIFIER_KINDS.join(', ')}`);
  }
  return { kind, value };
}

/** The ids of the person known by this identifier and of those merged into it; empty where nobody is known by it. */
export async function personsOf(store: Store, contact: { kind: IdentifierKind; value: string }): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with recursive own(id, merged_into) as (
      select p.id, p.merged_into from identifiers i join persons p on p.id = i.person
      where i.kind = ${contact.kind} and i.value = ${normalizeIdentifier(contact.kind, contact.value)}
      union all
      select p.id, p.merged_into from persons p join own on p.id = own.merged_into),
    family(id) as (
      select id from own where merged_into is null
      union all
      select p.id from persons p join family on p.merged_into = family.id)
    select id from family`.execute(store.db);
  return rows.map((row) => row.id);
}

import { type RawBuilder, sql } from 'kysely';
import { canonicalPerson, identifiersOf } from '../delivery/canonical-person.ts';
import type { Contact } from '../plan/event.ts';
import { IDENTIFIER_KINDS, type IdentifierKind } from '../plan/event.ts';
import { lookupForm } from '../store/crypto/vault.ts';
import type { Store } from '../store/store.ts';

/**
 * SQL: the identifiers of the person named by a column such as `entries.person`, as one JSON object `{ "email": "…" }`;
 * those of the person it was merged into, where it was.
 */
export function contactOf(column: string): RawBuilder<Contact> {
  return sql<Contact>`(select ${sql.raw(identifiersOf('canonical.id', column))} from ${sql.raw(canonicalPerson(column))})`;
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
    throw new Error(
      `"${text}" names no contact. Write KIND=VALUE, where KIND is one of ${IDENTIFIER_KINDS.join(', ')}`,
    );
  }
  return { kind, value };
}

/** The ids of the person known by this identifier and of those merged into it; empty where nobody is known by it. */
export async function personsOf(store: Store, contact: { kind: IdentifierKind; value: string }): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    select p.id from identifiers i
    join persons own on own.id = i.person
    join persons p on p.id = coalesce(own.merged_into, own.id) or p.merged_into = coalesce(own.merged_into, own.id)
    where i.kind = ${contact.kind} and i.value = ${lookupForm(store.db, contact.kind, contact.value)}`.execute(
    store.db,
  );
  return rows.map((row) => row.id);
}

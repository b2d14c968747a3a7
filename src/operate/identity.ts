import type { IdentifierKind } from '../plan/event.ts';
import type { Store } from '../store/store.ts';
import { personsOf } from './contact.ts';

/** One thing that became of somebody's identity: docs/identity.md. */
export interface IdentityLine {
  /** ISO 8601 UTC */
  readonly at: string;
  readonly person: string;
  readonly what: 'changed' | 'removed' | 'conflict' | 'merged';
  /** of the identifier */
  readonly kind: string;
  /** whose identifier it is, or who was merged */
  readonly other: string | null;
  readonly source: string;
  /** the producer's id of the event */
  readonly event: string;
}

/** `flows identity email=… --json`. */
export interface Identity {
  readonly person: string;
  /** persons who were merged into this one */
  readonly merged: readonly string[];
  readonly identifiers: readonly { readonly kind: string; readonly value: string; readonly former: boolean }[];
  /** oldest first */
  readonly history: readonly IdentityLine[];
}

/** Null: nobody is known by it. */
export async function identityOf(
  store: Store,
  contact: { readonly kind: IdentifierKind; readonly value: string },
): Promise<Identity | null> {
  const persons = await personsOf(store, contact);
  if (persons.length === 0) return null;
  const rows = await store.db.selectFrom('persons').select(['id', 'merged_into']).where('id', 'in', persons).execute();
  const identifiers = await store.db
    .selectFrom('identifiers')
    .select(['kind', 'display', 'former'])
    .where('person', 'in', persons)
    .orderBy('former')
    .orderBy('kind')
    .orderBy('value')
    .execute();
  return {
    person: rows.find(({ merged_into }) => merged_into === null)!.id,
    merged: rows.filter(({ merged_into }) => merged_into !== null).map(({ id }) => id),
    identifiers: identifiers.map(({ display, ...row }) => ({ kind: row.kind, value: display, former: row.former })),
    history: await linesOf(store, persons),
  };
}

/** Every conflict that was told, oldest first. */
export function listConflicts(store: Store): Promise<IdentityLine[]> {
  return linesOf(store, null);
}

async function linesOf(store: Store, persons: readonly string[] | null): Promise<IdentityLine[]> {
  let query = store.db
    .selectFrom('identity_notes')
    .select(['at', 'person', 'what', 'kind', 'other', 'source', 'event'])
    .orderBy('id');
  query =
    persons === null
      ? query.where('what', '=', 'conflict')
      : query.where((eb) => eb.or([eb('person', 'in', persons), eb('other', 'in', persons)]));
  return (await query.execute()).map((row) => ({ ...row, at: row.at.toISOString(), other: row.other ?? null }));
}

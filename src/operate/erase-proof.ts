import { sql } from 'kysely';
import type { IdentifierKind } from '../plan/event.ts';
import { lookupForm, vaultOf } from '../store/crypto/vault.ts';
import { normalizeIdentifier } from '../store/identifiers.ts';
import { mentionPattern, searchable } from '../store/mentions.ts';
import type { Store } from '../store/store.ts';

/** What a search of the whole store finds of an identifier. */
export interface Proof {
  /** tables searched, every row as text */
  readonly tables: number;
  /** false: the identifier is too short to tell it apart in texts, so only `identifiers` was searched */
  readonly texts: boolean;
  /** true: what others told is sealed under their own keys, so that a mention of the contact in it is not found */
  readonly sealed: boolean;
  /** rows that still name it, by table */
  readonly found: { readonly [table: string]: number };
}

/** Searches every table, also of what is not ours, for an identifier in any of its spellings and in its form for look-up. */
export async function searchStore(
  store: Store,
  { kind, value }: { readonly kind: IdentifierKind; readonly value: string },
): Promise<Proof> {
  const texts = [...new Set([value, normalizeIdentifier(kind, value)].flatMap((text) => searchable(kind, text)))];
  const lookup = lookupForm(store.db, kind, value);
  const sought = [...texts, ...(lookup === normalizeIdentifier(kind, value) ? [] : [lookup.toLowerCase()])];
  // The first is quick, the second exact.
  const parts = sought.map((text) => `%${text.replace(/[\\%_]/g, '\\$&')}%`);
  const patterns = [
    ...texts.map((text) => mentionPattern(kind, text)),
    ...(sought.length > texts.length ? [mentionPattern('', lookup.toLowerCase())] : []),
  ];
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = current_schema() and table_type = 'BASE TABLE' order by 1`.execute(store.db);
  const found: { [table: string]: number } = {};
  const named = await store.db
    .selectFrom('identifiers')
    .select('person')
    .where('kind', '=', kind)
    .where('value', '=', lookup)
    .execute();
  if (named.length > 0) found.identifiers = named.length;
  if (patterns.length > 0) {
    for (const { name } of tables) {
      const { rows } = await sql<{ count: string }>`
        select count(*) as count from ${sql.table(name)} t where lower(t::text) like any (${parts}::text[])
          and lower(t::text) ~ any (${patterns}::text[])`.execute(store.db);
      const count = Number(rows[0]!.count);
      if (count > 0) found[name] = count;
    }
  }
  return { tables: tables.length, texts: texts.length > 0, sealed: vaultOf(store.db) !== null, found };
}

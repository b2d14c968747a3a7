/** Persons and their identifiers in the store, as ingest finds and writes them. */
import { type Kysely, type RawBuilder, sql } from 'kysely';
import { vaultOf } from '../store/crypto/vault.ts';
import { lockPersons } from '../store/inbox.ts';
import type { Tables } from '../store/tables.ts';
import { type Claim, type Identifier, identifierKey, type Lookup, type NewPerson, type Owner } from './identity.ts';

/**
 * Another transaction took one of our new identifiers first, or made somebody else of a person: with its rows committed,
 * the next attempt finds them.
 */
export class IdentifierTaken extends Error {}

/**
 * Locks persons who were found a moment ago.
 * @throws IdentifierTaken
 */
export async function lockFound(trx: Kysely<Tables>, persons: readonly string[]): Promise<void> {
  if (persons.length === 0) return;
  if ((await lockPersons(trx, persons)).length > 0) throw new IdentifierTaken();
}

export function lookupOf(db: Kysely<Tables>): Lookup {
  const vault = vaultOf(db);
  return (kind, normalized) => vault?.lookup(kind, normalized) ?? normalized;
}

/** Who has, or had, the identifiers; of somebody merged into another, who remains. By `identifierKey`. */
export async function ownersOf(trx: Kysely<Tables>, identifiers: readonly Identifier[]): Promise<Map<string, Owner>> {
  if (identifiers.length === 0) return new Map();
  const { rows } = await sql<Owner & { kind: string; value: string }>`
    select kind, value, former, told_at as told, coalesce(persons.merged_into, persons.id) as person
      from identifiers
      join unnest(${identifiers.map((one) => one.kind)}::text[], ${identifiers.map((one) => one.value)}::text[])
        as asked (kind, value) using (kind, value)
      join persons on persons.id = identifiers.person`.execute(trx);
  return new Map(rows.map(({ person, former, told, ...row }) => [identifierKey(row), { person, former, told }]));
}

export async function createPersons(trx: Kysely<Tables>, persons: readonly NewPerson[]): Promise<void> {
  if (persons.length === 0) return;
  const ids = persons.map(({ id }) => id);
  const vault = vaultOf(trx);
  await vault?.keys.create(trx, ids);
  const firsts = await sealed(
    trx,
    persons.map(({ id, first }) => ({ person: id, text: first ?? '' })),
  );
  await sql`
    insert into persons (id, first_identifier)
      select * from unnest(${ids}::uuid[], ${firsts.map((first, n) => (persons[n]!.first === null ? null : first))}::text[])`.execute(
    trx,
  );
}

/**
 * Gives identifiers to persons; somebody's former ones change hands. Claims must be sorted.
 * @throws IdentifierTaken
 */
export async function claimIdentifiers(trx: Kysely<Tables>, claims: readonly Claim[]): Promise<void> {
  if (claims.length === 0) return;
  const { numAffectedRows } = await sql`
    insert into identifiers (kind, value, display, person, told_at) select * from ${await claimRows(trx, claims)}
    on conflict (kind, value) do update set person = excluded.person, display = excluded.display, former = false,
        since = now(), told_at = excluded.told_at
      where identifiers.former`.execute(trx);
  if (Number(numAffectedRows) < claims.length) throw new IdentifierTaken();
}

/** Identifiers that were somebody's once: what still names them is about that person. Those that anybody has, or had, stay. */
export async function keepFormer(trx: Kysely<Tables>, claims: readonly Claim[]): Promise<void> {
  if (claims.length === 0) return;
  await sql`
    insert into identifiers (kind, value, display, person, told_at, former) select *, true from ${await claimRows(trx, claims)}
    on conflict (kind, value) do nothing`.execute(trx);
}

/** Rows of kind, value, display, person and told_at. */
async function claimRows(trx: Kysely<Tables>, claims: readonly Claim[]): Promise<RawBuilder<unknown>> {
  const displays = await sealed(
    trx,
    claims.map(({ person, display }) => ({ person, text: display })),
  );
  const column = <K extends keyof Claim>(key: K) => claims.map((claim) => claim[key] ?? null);
  return sql`unnest(${column('kind')}::text[], ${column('value')}::text[], ${displays}::text[], ${column('person')}::uuid[],
    ${column('told')}::timestamptz[])`;
}

async function sealed(
  trx: Kysely<Tables>,
  texts: readonly { readonly person: string; readonly text: string }[],
): Promise<string[]> {
  return (await vaultOf(trx)?.seal(texts)) ?? texts.map(({ text }) => text);
}

/** One line of what became of somebody's identity. */
export interface IdentityNote {
  readonly person: string;
  readonly what: 'changed' | 'removed' | 'conflict' | 'merged';
  /** of the identifier */
  readonly kind: string;
  readonly other?: string;
  readonly source: string;
  readonly event: string;
}

/** For operators. A conflict that an event repeats is not told again. */
export async function noteIdentities(trx: Kysely<Tables>, notes: readonly IdentityNote[]): Promise<void> {
  if (notes.length === 0) return;
  const events = await sealed(
    trx,
    notes.map(({ person, event }) => ({ person, text: event })),
  );
  const column = <K extends keyof IdentityNote>(key: K) => notes.map((note) => note[key] ?? null);
  await sql`
    insert into identity_notes (person, what, kind, other, source, event)
    select distinct on (person, what, kind, other) * from unnest(${column('person')}::uuid[], ${column('what')}::text[],
      ${column('kind')}::text[], ${column('other')}::uuid[], ${column('source')}::text[], ${events}::text[])
      as n (person, what, kind, other, source, event)
    where what <> 'conflict' or not exists (
      select from identity_notes o where o.what = 'conflict' and (o.person, o.kind, o.other) = (n.person, n.kind, n.other))`.execute(
    trx,
  );
}

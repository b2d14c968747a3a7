/** Which identifiers a change of identity ends, and when it says so: ended ones are kept as former, and nothing is sent to them. */
import { sql, type Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';
import type { Identifier } from './identity.ts';

/** The person, and those who were merged into them. */
const everyone = (person: string) =>
  sql`(select id from persons where id = ${person} union all select id from persons where merged_into = ${person})`;

/** The kinds of which a change is known that happened later (`time`: ISO 8601): this one came late, and moves nothing. */
export async function newerChanges(
  trx: Transaction<Tables>,
  person: string,
  kinds: readonly string[],
  time: string,
): Promise<Set<string>> {
  const { rows } = await sql<{ kind: string }>`
    select distinct i.kind from identifiers i
    where i.person in ${everyone(person)}
      and i.kind = any(${kinds}::text[]) and i.told_at > ${time}::timestamptz`.execute(trx);
  return new Set(rows.map(({ kind }) => kind));
}

/** What the person has of a kind that changes, but for the new one, is former from now on. Answers the kinds. */
export async function retire(
  trx: Transaction<Tables>,
  person: string,
  from: readonly Identifier[],
  to: readonly Identifier[],
  time: string,
): Promise<string[]> {
  const column = (identifiers: readonly Identifier[], key: 'kind' | 'value') => identifiers.map((one) => one[key]);
  const { rows } = await sql<{ kind: string }>`
    update identifiers i set former = true, told_at = ${time}::timestamptz
    where i.person in ${everyone(person)}
      and not i.former
      and (i.kind = any(${column(to, 'kind')}::text[])
        or (i.kind, i.value) in (select * from unnest(${column(from, 'kind')}::text[], ${column(from, 'value')}::text[])))
      and (i.kind, i.value) not in (select * from unnest(${column(to, 'kind')}::text[], ${column(to, 'value')}::text[]))
    returning i.kind`.execute(trx);
  return [...new Set(rows.map(({ kind }) => kind))];
}

/**
 * Mapp's id names the contact that Mapp made for the old address, and a message by it would go there. It is learned
 * again where Mapp's contact has the new one.
 */
export async function retireMappId(
  trx: Transaction<Tables>,
  person: string,
  to: readonly Identifier[],
  time: string,
): Promise<string[]> {
  const given = to.filter(({ kind }) => kind === 'mapp_id').map(({ value }) => value);
  const { numAffectedRows } = await sql`
    update identifiers set former = true, told_at = ${time}::timestamptz
    where person in ${everyone(person)}
      and kind = 'mapp_id' and not former and not value = any(${given}::text[])`.execute(trx);
  return Number(numAffectedRows) > 0 ? ['mapp_id'] : [];
}

/** Identifiers that were theirs before, or came by a merge: a change says so again, at this time. */
export async function tellTimes(
  trx: Transaction<Tables>,
  person: string,
  to: readonly Identifier[],
  time: string,
): Promise<void> {
  await sql`
    update identifiers i set told_at = ${time}::timestamptz
    from unnest(${to.map(({ kind }) => kind)}::text[], ${to.map(({ value }) => value)}::text[]) as t (kind, value)
    where i.kind = t.kind and i.value = t.value and i.person = ${person} and not i.former
      and (i.told_at is null or i.told_at < ${time}::timestamptz)`.execute(trx);
}

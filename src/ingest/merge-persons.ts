import { sql, type Transaction } from 'kysely';
import { sealAttributes, sealColumn } from '../store/crypto/seal-values.ts';
import { vaultOf } from '../store/crypto/vault.ts';
import { json } from '../store/store.ts';
import { mergeSyncs } from '../store/syncs.ts';
import type { StoredAttribute } from '../store/tables/people.ts';
import type { Tables } from '../store/tables.ts';

/** Whether nothing contradicts that two persons are one: they have no two different identifiers of one kind. */
export async function mayMerge(trx: Transaction<Tables>, one: string, other: string): Promise<boolean> {
  const { rows } = await sql`
    with own as (
      select coalesce(p.merged_into, p.id) as id, i.kind from identifiers i join persons p on p.id = i.person
      where coalesce(p.merged_into, p.id) in (${one}, ${other}) and not i.former and i.kind not like 'alias:%')
    select from own a join own b using (kind) where a.id = ${one} and b.id = ${other} limit 1`.execute(trx);
  return rows.length === 0;
}

/**
 * Makes one person of two; both must be locked. Runs stay whose they were (PROTOCOLS.md §2): their addresses, their events
 * and whatever they still have to hear are found by who remains. Of two values of an attribute the later one stays.
 */
export async function mergePersons(trx: Transaction<Tables>, remains: string, merged: string): Promise<void> {
  await sql`update identifiers set person = ${remains} where person = ${merged}`.execute(trx);
  await mergeProfiles(trx, remains, merged);
  await sql`
    insert into memberships as m (person, group_id, member, at)
    select ${remains}, group_id, member, at from memberships where person = ${merged}
    on conflict (person, group_id) do update set member = excluded.member, at = excluded.at
      where m.at < excluded.at`.execute(trx);
  await mergeSyncs(trx, remains, merged);
  // What is not decided, sent or reached yet goes on under who remains.
  await sql`update inbox set person = ${remains} where person = ${merged} and state = 'new'`.execute(trx);
  await sql`update notices set person = ${remains} where person = ${merged} and state = 'due'`.execute(trx);
  await sql`update goals set person = ${remains} where person = ${merged} and counted_at is null`.execute(trx);
  await sql`
    update persons set merged_into = ${remains}, ready_at = null
    where id = ${merged} or merged_into = ${merged}`.execute(trx);
  await sql`update persons set wake = wake + 1, ready_at = least(ready_at, now()) where id = ${remains}`.execute(trx);
}

async function mergeProfiles(trx: Transaction<Tables>, remains: string, merged: string): Promise<void> {
  const rows = await trx
    .selectFrom('persons')
    .select(['id', 'attributes', 'timezone'])
    .where('id', 'in', [remains, merged])
    .execute();
  const [to, from] = [remains, merged].map((id) => rows.find((row) => row.id === id)!);
  const later = Object.entries(from!.attributes).filter(
    ([name, { at }]: [string, StoredAttribute]) =>
      !Object.hasOwn(to!.attributes, name) || to!.attributes[name]!.at < at,
  );
  // Sealed anew: what runs write later is compared with values of whoever remains.
  const vault = vaultOf(trx);
  const [won] = await sealAttributes(vault, [{ person: remains, attributes: Object.fromEntries(later) }]);
  await trx
    .updateTable('persons')
    .set({
      attributes: sql<string>`attributes || ${json(won)}::jsonb`,
      timezone: await sealColumn(vault, remains, to!.timezone ?? from!.timezone ?? null),
    })
    .where('id', '=', remains)
    .execute();
}

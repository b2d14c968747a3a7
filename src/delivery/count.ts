import { sql } from 'kysely';
import { added } from '../plan/count.ts';
import type { Operation } from '../plan/effect.ts';
import type { JsonObject } from '../plan/json.ts';
import { isObject } from '../plan/values.ts';
import { json, type Store } from '../store/store.ts';
import { canonicalPerson } from './canonical-person.ts';

export type Counted =
  /** the values to write, the same for every attempt of this row */
  | { readonly set: JsonObject }
  /** the attribute holds no number */
  | { readonly refused: string }
  /** another worker is counting for this person: its value has to be known first */
  | { readonly busy: true };

type Count = Extract<Operation, { type: 'count' }>;

/**
 * Computes what a claimed count writes, from the person's attributes in the store, and keeps it in the row. At most one
 * count of a person is between this and its outcome, so that two runs that count the same attribute count two.
 */
export async function count(store: Store, key: string): Promise<Counted> {
  return store.db.transaction().execute(async (trx): Promise<Counted> => {
    // Two statements: what the second sees was written before the lock was given.
    const locked = await sql<{ id: string; attributes: JsonObject; operation: Count }>`
      select p.id, p.attributes, d.operation
      from deliveries d cross join ${sql.raw(canonicalPerson('d.person'))} join persons p on p.id = canonical.id
      where d.key = ${key} for no key update of p`.execute(trx);
    const found = locked.rows[0];
    if (found === undefined) throw new Error(`the row ${key} is gone`);
    const { operation, attributes } = found;
    if (operation.set !== undefined) return { set: operation.set };
    const others = await sql`
      select from deliveries o cross join ${sql.raw(canonicalPerson('o.person'))}
      where o.state = 'sending' and o.lease_until > now() and o.key <> ${key}
        and o.operation->>'type' = 'count' and o.operation ? 'set' and canonical.id = ${found.id}
      limit 1`.execute(trx);
    if (others.rows.length > 0) return { busy: true };
    const result = valuesOf(operation, attributes);
    if ('set' in result) {
      await trx
        .updateTable('deliveries')
        .set({ operation: json({ ...operation, set: result.set }) })
        .where('key', '=', key)
        .execute();
    }
    return result;
  });
}

function valuesOf({ add, group }: Count, attributes: JsonObject): Counted {
  const set: { [name: string]: number } = {};
  for (const [name, by] of Object.entries(add)) {
    const stored = attributes[group === undefined ? name : `${group.id}:${name}`];
    const value = added(stored !== undefined && isObject(stored) ? (stored.value ?? null) : null, by);
    if (value === null) return { refused: `attribute "${name}" holds no number, so nothing can be added to it` };
    set[name] = value;
  }
  return { set };
}

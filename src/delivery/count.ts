import { sql } from 'kysely';
import { added } from '../plan/count.ts';
import type { Operation } from '../plan/effect.ts';
import type { JsonObject } from '../plan/json.ts';
import { isObject } from '../plan/values.ts';
import { sealSets } from '../store/crypto/seal-operation.ts';
import { vaultOf } from '../store/crypto/vault.ts';
import { lockPersons } from '../store/inbox.ts';
import { json, type Store } from '../store/store.ts';
import { canonicalPerson } from './canonical-person.ts';

export type Counted =
  /** the values to write, the same for every attempt of this row */
  | { readonly set: JsonObject }
  /** the attribute holds no number */
  | { readonly refused: string }
  /** another count of this person is under way: its value has to be known first */
  | { readonly busy: true };

type Count = Extract<Operation, { type: 'count' }>;

interface OfPerson {
  /** whoever remains after merges */
  readonly person: string;
}

interface Found extends OfPerson {
  readonly key: string;
  readonly operation: Count;
  readonly attributes: JsonObject;
}

const CANONICAL = sql.raw(canonicalPerson('d.person'));

/**
 * Computes what claimed counts write, each from its person's attributes in the store, and keeps it in the rows: all in one
 * transaction, which locks the persons in the order in which everybody locks them. At most one count of a person is between
 * this and its outcome, so that two runs that count the same attribute count two. Null: there is no such row.
 *
 * @param keys each once
 */
export async function count(store: Store, keys: readonly string[]): Promise<(Counted | null)[]> {
  const counted = await store.db.transaction().execute(async (trx) => {
    const persons = await sql<OfPerson>`
      select distinct canonical.id as person
      from deliveries d cross join ${CANONICAL} where d.key = any(${keys}::text[])`.execute(trx);
    const locked = persons.rows.map(({ person }) => person);
    await lockPersons(trx, locked);
    // Statements of their own: what they see was written before the locks were given.
    const found = await sql<Found>`
      select d.key, d.operation, p.id as person, p.attributes
      from deliveries d cross join ${CANONICAL} join persons p on p.id = canonical.id
      where d.key = any(${keys}::text[]) order by d.key`.execute(trx);
    const underWay = await sql<OfPerson>`
      select distinct canonical.id as person from deliveries d cross join ${CANONICAL}
      where d.state = 'sending' and d.lease_until > now() and d.operation->>'type' = 'count' and d.operation ? 'set'
        and canonical.id = any(${locked}::uuid[])`.execute(trx);
    const results = computed(found.rows, underWay.rows, new Set(locked));
    const fresh = found.rows.flatMap(({ key, operation, person }) => {
      const result = results.get(key)!;
      return 'set' in result && operation.set === undefined ? [{ key, person, set: result.set }] : [];
    });
    if (fresh.length > 0) {
      const sets = await sealSets(vaultOf(trx), fresh);
      await sql`
        update deliveries d set operation = d.operation || jsonb_build_object('set', c.set)
        from jsonb_to_recordset(${json(fresh.map(({ key }, n) => ({ key, set: sets[n] })))}::jsonb) as c(key text, set jsonb)
        where d.key = c.key`.execute(trx);
    }
    return results;
  });
  return keys.map((key) => counted.get(key) ?? null);
}

function computed(
  found: readonly Found[],
  underWay: readonly OfPerson[],
  locked: ReadonlySet<string>,
): Map<string, Counted> {
  const busy = new Set(underWay.map(({ person }) => person));
  return new Map(
    found.map(({ key, operation, person, attributes }) => {
      if (operation.set !== undefined) return [key, { set: operation.set }];
      // Somebody not locked is who the person has been merged into just now: the next attempt locks them.
      if (busy.has(person) || !locked.has(person)) return [key, { busy: true }];
      const result = valuesOf(operation, attributes);
      if ('set' in result) busy.add(person);
      return [key, result];
    }),
  );
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

import type { Kysely } from 'kysely';
import type { Effect } from '../plan/effect.ts';
import type { Contact } from '../plan/event.ts';
import type { Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { effectsAtRest, type Run } from './at-rest.ts';
import { canonicalPerson, identifiersOf } from './canonical-person.ts';
import { refusedBySql } from './consent.ts';
import { addressedBy, isRepeatable, leaseOf } from './nature.ts';
import { query, type Statement } from './statement.ts';

export type Claim =
  /** ours to call; `person` remains after merges */
  | { readonly state: 'sending'; readonly person: string; readonly contact: Contact }
  /** ours, and done: nothing to call */
  | { readonly state: 'skipped'; readonly reason: string }
  /** somebody else's, or settled, or behind the barrier: the row and the entry tell (`look.ts`) */
  | { readonly state: 'lost' };

interface ClaimedRow {
  readonly key: string;
  readonly state: 'sending' | 'skipped';
  readonly reason: string | null;
  readonly person: string;
  readonly contact: Contact;
}

const REFUSED = refusedBySql({ operation: 'known.operation', person: 'known.canonical', address: 'known.address' });

/**
 * – → `sending`, – → `skipped` (late, no address, no consent, over the cap), and for idempotent writes `sending` with its lease over → `sending` of ours.
 * `sent_n <= n` is the barrier: no row for a run that has not seen every notice decided for it. `offset 0` keeps Postgres from
 * putting the contact's identifiers together once more for every use of them.
 */
const CLAIM: Statement = {
  name: 'delivery-claim',
  text: `
  with asked as (
    select * from unnest($1::text[], $2::uuid[], $3::text[], $4::int[], $5::int[], $6::text[], $7::text[], $8::jsonb[], $9::int[], $10::text[], $11::int[])
      as a(key, entry, step, visit, generation, kind, target, operation, n, addressed_by, lease)),
  known as (
    select asked.*, e.person, e.flow, canonical.id as canonical, found.contact,
      (select found.contact->>k.kind from unnest(string_to_array(asked.addressed_by, ',')) with ordinality k(kind, rank)
       where found.contact ? k.kind order by k.rank limit 1) as address
    from asked
    join entries e on e.id = asked.entry and e.sent_n <= asked.n
    cross join ${canonicalPerson('e.person')}
    cross join lateral (select ${identifiersOf('canonical.id', 'e.person')} as contact offset 0) found),
  claimed as (
    insert into deliveries as d
      (key, entry, person, flow, step, visit, generation, kind, target, operation, address, state, reason, owner, lease_until)
    select key, entry, person, flow, step, visit, generation, kind, target, operation, address,
      case when skip is null then 'sending' else 'skipped' end, skip,
      $12, case when skip is null then now() + lease * interval '1 ms' end
    from known cross join lateral (select case
      when key = any($15::text[]) then 'late'
      when address is null and addressed_by <> '' then 'no_address'
      else coalesce(${REFUSED}, case when key = any($14::text[]) then 'cap' end) end as skip) c
    order by key
    on conflict (key) do update
      set state = excluded.state, reason = excluded.reason, address = excluded.address,
          owner = excluded.owner, lease_until = excluded.lease_until, at = now()
      where d.state = 'sending' and d.lease_until < now() and d.key = any($13::text[])
    returning key, state, reason)
  select claimed.*, known.canonical as person, known.contact from claimed join known using (key)`,
};

/** Claims each effect that may go out now. Keys must be unique within `effects`. */
export function claim(store: Store, owner: string, effects: readonly Effect[]): Promise<Claim[]> {
  return claimIn(store.db, (statement, values) => query(store, statement, values), owner, effects, []);
}

/** The same by any connection, that `run` has. `over`: keys of messages that would be one too many. */
export async function claimIn(
  db: Kysely<Tables>,
  run: Run,
  owner: string,
  effects: readonly Effect[],
  over: readonly string[],
): Promise<Claim[]> {
  const atRest = await effectsAtRest(db, run, effects);
  const sorted = effects.filter(({ key }) => atRest.has(key)).sort((a, b) => (a.key < b.key ? -1 : 1));
  const column = <Value>(value: (effect: Effect) => Value) => sorted.map(value);
  const rows = await run<ClaimedRow>(CLAIM, [
    column(({ key }) => key),
    column(({ entry }) => entry),
    column(({ step }) => step),
    column(({ visit }) => visit),
    column(({ generation }) => generation),
    column(({ kind }) => kind),
    column(({ key }) => atRest.get(key)!.target),
    column(({ key }) => atRest.get(key)!.operation),
    column(({ n }) => n),
    column(({ operation }) => addressedBy(operation).join(',')),
    column(({ operation }) => leaseOf(operation)),
    owner,
    sorted.filter(({ operation }) => isRepeatable(operation)).map(({ key }) => key),
    over,
    sorted.filter(({ limits }) => limits?.late === 'skip').map(({ key }) => key),
  ]);
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return effects.map(({ key }): Claim => {
    const row = byKey.get(key);
    if (row === undefined) return { state: 'lost' };
    if (row.state === 'skipped') return { state: 'skipped', reason: row.reason ?? 'no_address' };
    return { state: 'sending', person: row.person, contact: row.contact };
  });
}

/** What the store does for somebody who is to be forgotten: docs/privacy.md. */
import { randomUUID } from 'node:crypto';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { Sealer } from '../system/seal.ts';
import { destroyKeys, STORE_KEY } from './crypto/key-table.ts';
import { vaultOf } from './crypto/vault.ts';
import { mentionPattern, searchable } from './mentions.ts';
import { quarantinedBodies } from './quarantine-bodies.ts';
import { json, type Store } from './store.ts';
import type { ErasedRun } from './tables/privacy.ts';
import type { Tables } from './tables.ts';

/** Puts a request in line; a person for whom one waits already needs no second. Answers its id, null without anybody. */
export async function requestErasure(
  trx: Kysely<Tables>,
  persons: readonly string[],
  source: string,
): Promise<string | null> {
  if (persons.length === 0) return null;
  const { rows } = await sql<{ id: string }>`
    with waiting as (select id from erasures where state = 'due' and persons @> ${persons}::uuid[] limit 1),
    added as (
      insert into erasures (source, persons) select ${source}, ${persons}::uuid[] where not exists (select from waiting)
      returning id)
    select id from added union all select id from waiting`.execute(trx);
  return rows[0]!.id;
}

/** Rows removed by table. */
export type Removed = { readonly [table: string]: number };

/** A router that has the person may be starting their runs: nobody is erased in its hands. */
export class PersonBusy extends Error {}

const LEASE_SECONDS = 60;

/**
 * Removes everything there is of the persons of a request, and of those merged with them, in one transaction; their keys
 * are destroyed with it. From then on nothing can be sent to them: a claim finds no run of theirs, and an event of the same
 * address makes somebody new. What Temporal has to be told about stands in the request. May be repeated.
 *
 * @param sealer opens what is in quarantine
 * @throws PersonBusy try again in a moment
 */
export async function clearStore(store: Store, sealer: Sealer, erasure: string): Promise<void> {
  const owner = `erase/${randomUUID()}`;
  const persons = await everybody(store.db, erasure);
  await lease(store, persons, owner);
  try {
    await store.db.transaction().execute(async (trx) => {
      const row = await trx
        .selectFrom('erasures')
        .select('state')
        .where('id', '=', erasure)
        .forUpdate()
        .executeTakeFirstOrThrow();
      if (row.state !== 'due') return;
      await sql`select from persons where id = any(${persons}::uuid[]) order by id for update`.execute(trx);
      const now = await everybody(trx, erasure);
      if (now.length !== persons.length) throw new PersonBusy('somebody was merged meanwhile');
      const runs = await runsOf(trx, persons);
      const quarantine = await clearQuarantine(trx, sealer, persons);
      const removed = { ...(await clearTables(trx, persons)), ...(quarantine > 0 && { quarantine }) };
      if (vaultOf(trx) !== null) await destroyKeys(trx, persons);
      await sql`insert into erased (person) select unnest(${persons}::uuid[]) on conflict do nothing`.execute(trx);
      await trx
        .updateTable('erasures')
        .set({ state: 'cleared', persons, runs: json(runs), removed: json(removed) })
        .where('id', '=', erasure)
        .execute();
    });
    vaultOf(store.db)?.keys.forget(persons);
  } finally {
    await sql`
      update persons set owner = null, lease_until = null where id = any(${persons}::uuid[]) and owner = ${owner}`.execute(
      store.db,
    );
  }
}

/** Those of the request as they are now: who remains after merges, and who was merged into them. */
async function everybody(db: Kysely<Tables>, erasure: string): Promise<string[]> {
  const { rows } = await sql<{ id: string }>`
    with named as (
      select coalesce(p.merged_into, p.id) as id from erasures e join persons p on p.id = any(e.persons) where e.id = ${erasure})
    select p.id from persons p where p.id in (select id from named) or p.merged_into in (select id from named)
    order by p.id`.execute(db);
  return rows.map(({ id }) => id);
}

async function lease(store: Store, persons: readonly string[], owner: string): Promise<void> {
  const { rows } = await sql`
    with free as (
      select id from persons where id = any(${persons}::uuid[])
        and (lease_until is null or lease_until <= now()) order by id for no key update)
    update persons p set owner = ${owner}, lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
    from free where p.id = free.id and (select count(*) from free) = ${persons.length}
    returning p.id`.execute(store.db);
  if (rows.length === persons.length) return;
  // Routers would go on taking whom events never cease to reach. Nobody has to decide about who is about to be forgotten; the
  // next event makes them ready again, and this is repeated.
  await sql`
    with named as (select id from persons where id = any(${persons}::uuid[]) order by id for no key update)
    update persons p set ready_at = null from named where p.id = named.id`.execute(store.db);
  throw new PersonBusy('a router has the person');
}

/**
 * Runs that Temporal has to be told about. `plain`: from before the store was encrypted, or it is not: their histories can
 * be read and have to go, whether they are over or not. Of the others a destroyed key is enough once they do not run.
 */
async function runsOf(trx: Transaction<Tables>, persons: readonly string[]): Promise<ErasedRun[]> {
  const encrypted = vaultOf(trx) !== null;
  const { rows } = await sql<ErasedRun>`
    select workflow_id as run, plain from entries cross join lateral (
      select not ${encrypted}::boolean or entered_at < (select created_at from keys where id = ${STORE_KEY}) as plain) p
    where person = any(${persons}::uuid[]) and (plain or state <> 'closed')
    order by workflow_id`.execute(trx);
  return rows;
}

/** In the order that the foreign keys ask for. A test finds tables that are missing here. */
export const PERSONAL_TABLES: readonly {
  readonly table: keyof Tables & string;
  readonly by: 'person' | 'entry' | 'id';
}[] = [
  { table: 'goals', by: 'entry' },
  { table: 'goals', by: 'person' },
  { table: 'reads', by: 'entry' },
  { table: 'trail', by: 'entry' },
  { table: 'notices', by: 'entry' },
  { table: 'deliveries', by: 'person' },
  { table: 'entries', by: 'person' },
  { table: 'inbox', by: 'person' },
  { table: 'consents', by: 'person' },
  { table: 'syncs', by: 'person' },
  { table: 'memberships', by: 'person' },
  { table: 'identity_notes', by: 'person' },
  { table: 'identifiers', by: 'person' },
  { table: 'persons', by: 'id' },
];

async function clearTables(trx: Transaction<Tables>, persons: readonly string[]): Promise<Removed> {
  const removed: { [table: string]: number } = {};
  // Notes about others may name them.
  await sql`delete from identity_notes where other = any(${persons}::uuid[])`.execute(trx);
  for (const { table, by } of PERSONAL_TABLES) {
    const which =
      by === 'entry'
        ? sql`entry in (select id from entries where person = any(${persons}::uuid[]))`
        : sql`${sql.ref(by)} = any(${persons}::uuid[])`;
    const { numAffectedRows = 0n } = await sql`delete from ${sql.table(table)} where ${which}`.execute(trx);
    if (numAffectedRows > 0n) removed[table] = (removed[table] ?? 0) + Number(numAffectedRows);
  }
  return removed;
}

/** Bodies that could not be used belong to nobody, so they are searched for what the persons are known by. */
async function clearQuarantine(trx: Transaction<Tables>, sealer: Sealer, persons: readonly string[]): Promise<number> {
  // Of whoever's key is destroyed already nobody can tell the spelling.
  const identifiers = await trx
    .selectFrom('identifiers')
    .select(['kind', 'display'])
    .where('person', 'in', persons)
    .$castTo<{ kind: string; display: string | null }>()
    .execute();
  const patterns = identifiers.flatMap(({ kind, display }) =>
    display === null ? [] : searchable(kind, display).map((text) => new RegExp(mentionPattern(kind, text))),
  );
  if (patterns.length === 0) return 0;
  let removed = 0;
  for await (const rows of quarantinedBodies(trx)) {
    const found = rows.filter(({ body }) => {
      const text = sealer.open(body)?.toLowerCase();
      return text !== undefined && patterns.some((one) => one.test(text));
    });
    const ids = found.map(({ id }) => id);
    if (ids.length > 0) await trx.deleteFrom('quarantine').where('id', 'in', ids).execute();
    removed += ids.length;
  }
  return removed;
}

import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import type { Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';

/** How long a person belongs to the router that claimed them, on the database's clock. */
export const LEASE_SECONDS = 30;
/** A lease is renewed when this much of it is used up, on this process's monotonic clock. */
const RENEW_AFTER_MS = 10_000;

/** One person in the hands of one router. `owner` is unique per claim, so that a router frozen beyond its lease cannot take its next claim for this one. */
export interface Lease {
  readonly person: string;
  readonly owner: string;
  /** `persons.wake` as the claim read it */
  readonly wake: string;
  /** whether notices of earlier turns were due then */
  readonly due: boolean;
  /** monotonic, ms */
  renewed: number;
}

/** The lease is over and somebody else may have the person: stop, everything decided is in the store. */
export class LeaseLost extends Error {
  constructor(lease: Lease) {
    super(`the lease on person ${lease.person} is over`);
  }
}

/**
 * Claims up to `limit` persons that are ready and in nobody's hands, longest ready first.
 *
 * @param insideOnly only persons with an open run: their exits must not queue behind a burst of entries
 */
export async function claim(store: Store, owner: string, limit: number, insideOnly: boolean): Promise<Lease[]> {
  const inside: RawBuilder<boolean> = insideOnly
    ? sql`exists (select 1 from entries e where e.person = p.id and e.state <> 'closed')`
    : sql`true`;
  const renewed = performance.now();
  const { rows } = await sql<{ id: string; wake: string; due: boolean }>`
    with ready as (
      select p.id from persons p
      where p.ready_at <= now() and (p.lease_until is null or p.lease_until <= now()) and ${inside}
      order by p.ready_at limit ${limit} for no key update skip locked)
    update persons p set owner = ${owner}, lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
    from ready where p.id = ready.id
    returning p.id, p.wake, exists (select from notices n where n.person = p.id and n.state = 'due') as due`.execute(
    store.db,
  );
  return rows.map(({ id, wake, due }) => ({ person: id, owner, wake, due, renewed }));
}

/**
 * To be called before anything that may take seconds.
 * @throws LeaseLost
 */
export async function keep(store: Store, lease: Lease): Promise<void> {
  const now = performance.now();
  if (now - lease.renewed < RENEW_AFTER_MS) return;
  const { rows } = await sql`
    update persons set lease_until = now() + make_interval(secs => ${LEASE_SECONDS})
    where id = ${lease.person} and owner = ${lease.owner} and lease_until > now() returning id`.execute(store.db);
  if (rows.length === 0) throw new LeaseLost(lease);
  lease.renewed = now;
}

/** Gives the person back; ready again only where something came up since the claim. */
export async function release(store: Store, lease: Lease): Promise<void> {
  await giveBack(store.db, lease, sql`null`);
}

/**
 * The same at the end of a transaction that has decided all the person's events, unless a notice has to be sent first:
 * most events concern nobody, and cost one commit then. Answers whether it was given back.
 */
export function releaseIdle(trx: Transaction<Tables>, lease: Lease): Promise<boolean> {
  const idle = sql<boolean>`not exists (select from notices n where n.person = persons.id and n.state = 'due')`;
  return giveBack(trx, lease, sql`null`, idle);
}

/** Gives the person back after a failure, to be looked at again after `delayMs`, or at once where something came up. */
export async function releaseLater(store: Store, lease: Lease, delayMs: number): Promise<void> {
  await giveBack(store.db, lease, sql`now() + make_interval(secs => ${delayMs / 1000}::double precision)`);
}

async function giveBack(
  db: Kysely<Tables>,
  { person, owner, wake }: Lease,
  readyAt: RawBuilder<unknown>,
  only: RawBuilder<boolean> = sql`true`,
): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update persons set owner = null, lease_until = null,
      ready_at = case when wake = ${wake}::bigint then ${readyAt} else ready_at end
    where id = ${person} and owner = ${owner} and ${only}`.execute(db);
  return numAffectedRows === 1n;
}

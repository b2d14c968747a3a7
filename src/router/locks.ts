import { type Kysely, sql, type Transaction } from 'kysely';
import type { Tables } from '../store/tables.ts';

/**
 * Advisory lock between publishing (exclusive) and deciding (shared): a start is decided either before a change of status,
 * and then hears of it by a notice, or after it, and then obeys it. Not a row lock: sharers of a row can keep a writer
 * waiting for ever, the lock manager queues fairly and writes nothing.
 *
 * Order of locks everywhere in this folder: this one, `persons` (by id), `entries`. Nothing else avoids deadlocks.
 */
const FLOWS_LOCK = 7_041_961;

/** Held until the transaction ends. */
export async function shareFlows(trx: Transaction<Tables>): Promise<void> {
  await sql`select pg_advisory_xact_lock_shared(${FLOWS_LOCK}::bigint)`.execute(trx);
}

/** Held until the transaction ends. */
export async function holdFlows(trx: Transaction<Tables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${FLOWS_LOCK}::bigint)`.execute(trx);
}

/** Makes persons ready now. Call it inside the transaction that gives the router a reason to look at them. */
export async function readyPersons(db: Kysely<Tables>, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  await sql`
    with locked as (select id from persons where id = any(${[...ids]}::uuid[]) order by id for no key update)
    update persons p set wake = p.wake + 1, ready_at = least(p.ready_at, now())
    from locked where p.id = locked.id`.execute(db);
}

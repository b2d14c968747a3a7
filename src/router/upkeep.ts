import { sql } from 'kysely';
import { ENGINE_SOURCE } from '../store/inbox.ts';
import type { Store } from '../store/store.ts';
import { type Background, backOff, inBackground } from '../system/background.ts';
import type { Tools } from './closer.ts';
import { reasonOf } from './temporal-errors.ts';

/** How long a key of a producer is known: mParticle itself remembers 30 days. */
export const KEY_DAYS = 30;
/** How long the reason of something in quarantine is kept after its body is gone. */
export const REASON_DAYS = 90;
/** Rows at a time: small enough that nobody waits for their locks. */
const PORTION = 1_000;
/** Between two portions while there are more, and when everything is done. */
const NEXT_MS = 200;
const IDLE_MS = 60_000;
const FAILED_MS = [5_000, 300_000] as const;
/** While one router does it the others need not. */
const LEASE_SECONDS = 120;

/**
 * Gives up what is old, in small portions, one router at a time: keys of the inbox, bodies and reasons of the quarantine.
 *
 * @param rawDays how long bodies in quarantine are kept
 */
export function startUpkeep(
  { store, owner, log }: Pick<Tools, 'store' | 'owner' | 'log'>,
  rawDays: number,
): Background {
  return inBackground(
    async () => {
      if (!(await claimUpkeep(store, owner))) return IDLE_MS;
      const keys = await forgetKeys(store);
      const bodies = await forgetBodies(store, rawDays);
      return keys === PORTION || bodies === PORTION ? NEXT_MS : IDLE_MS;
    },
    (error, times) => {
      if (times === 1)
        log.warn({ error: reasonOf(error) }, 'old keys and bodies could not be given up; tried again later');
      return backOff(times, ...FAILED_MS);
    },
  );
}

async function claimUpkeep(store: Store, owner: string): Promise<boolean> {
  const until = sql`now() + make_interval(secs => ${LEASE_SECONDS})`;
  const { rows } = await sql`
    insert into meta (key, value) values ('upkeep', jsonb_build_object('owner', ${owner}::text, 'until', ${until}, 'after', 0))
    on conflict (key) do update
      set value = meta.value || jsonb_build_object('owner', ${owner}::text, 'until', ${until})
      where meta.value ->> 'owner' = ${owner} or (meta.value ->> 'until')::timestamptz < now()
    returning key`.execute(store.db);
  return rows.length > 0;
}

/**
 * The next portion of events whose key is over 30 days old; answers how many were looked at. A cursor in the store follows
 * the order of arrival up to the first event that is younger, or not decided yet, so that no index is needed. Keys that the engine itself made (`emit`, dates) are effects' own and
 * stay: a run may come back to one after months.
 */
export async function forgetKeys(store: Store): Promise<number> {
  const { rows } = await sql<{ looked: number }>`
    with next as (
      select id, received_at < now() - make_interval(days => ${KEY_DAYS}) and state = 'decided' as old from inbox
      where id > coalesce((select (value ->> 'after')::bigint from meta where key = 'upkeep'), 0)
      order by id limit ${PORTION}),
    young as (
      select min(id) as first from next where not old),
    portion as (
      select id from next, young where first is null or id < first),
    forgotten as (
      update inbox i set dedupe_key = null from portion
      where i.id = portion.id and i.source <> ${ENGINE_SOURCE} and i.dedupe_key is not null),
    moved as (
      update meta set value = value || jsonb_build_object('after', (select max(id) from portion))
      where key = 'upkeep' and exists (select from portion))
    select count(*)::int as looked from portion`.execute(store.db);
  return rows[0]!.looked;
}

/** The next portion of rows whose reason, and of those whose body has had its days; answers how many, of the larger one. */
export async function forgetBodies(store: Store, rawDays: number): Promise<number> {
  const old = (days: number) => sql`received_at < now() - make_interval(days => ${days})`;
  const gone = await sql`
    delete from quarantine where id in (
      select id from quarantine where ${old(Math.max(REASON_DAYS, rawDays))} order by id limit ${PORTION})`.execute(
    store.db,
  );
  const emptied = await sql`
    update quarantine set body = null where id in (
      select id from quarantine where body is not null and ${old(rawDays)} order by id limit ${PORTION})`.execute(
    store.db,
  );
  return Math.max(Number(gone.numAffectedRows), Number(emptied.numAffectedRows));
}

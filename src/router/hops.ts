/** Flows that start each other with nothing that waits would go on for ever: each start counts how many led to it. */
import { sql, type Transaction } from 'kysely';
import type { CanonicalEvent } from '../plan/event.ts';
import { WAITING_KINDS } from '../plan/waiting-kinds.ts';
import type { Tables } from '../store/tables.ts';

/** Starts of one another at once; nobody means more. `flows check` warns of the rounds it can see. */
export const MOST_HOPS = 100;
/** What a run that can wait does later than that after its entry came after a wait: of such rounds 100 take over an hour. */
const AT_ONCE_MS = 3_600_000 / MOST_HOPS;

/**
 * How many runs led to the event, each of them without waiting; 0: no run did it, or one that has waited. Of a flow that
 * has no step that waits every run counts, however slow the engine was.
 *
 * @param speed factor by which timers are divided
 */
export async function hopsTo(trx: Transaction<Tables>, event: CanonicalEvent, speed: number): Promise<number> {
  if (event.origin === undefined) return 0;
  const by = await trx
    .selectFrom('entries')
    .innerJoin('plans', 'plans.hash', 'entries.hash')
    .select(['hops', 'entered_at'])
    .select(
      sql<boolean>`exists (
        select from jsonb_each(plans.plan->'steps') as step where step.value->>'kind' = any(${WAITING_KINDS}::text[]))`.as(
        'waits',
      ),
    )
    .where('id', '=', event.origin.entry)
    .executeTakeFirst();
  if (by === undefined) return 0;
  const later = Date.parse(event.time) - by.entered_at.getTime();
  return by.waits && later * speed > AT_ONCE_MS ? 0 : by.hops + 1;
}

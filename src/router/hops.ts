/** Flows that start each other with nothing that waits would go on for ever: each start counts how many led to it. */
import type { Transaction } from 'kysely';
import type { CanonicalEvent } from '../plan/event.ts';
import type { Tables } from '../store/tables.ts';

/** Starts of one another at once; nobody means more. `flows check` warns of the rounds it can see. */
export const MOST_HOPS = 100;
/** A run that does something later than that after its entry has waited, or the engine was away. */
const AT_ONCE_MS = 3_600_000;

/**
 * How many runs led to the event, each of them by what it did within an hour after its own entry; 0: no run did it, or
 * one that has waited.
 *
 * @param speed factor by which timers are divided
 */
export async function hopsTo(trx: Transaction<Tables>, event: CanonicalEvent, speed: number): Promise<number> {
  if (event.origin === undefined) return 0;
  const by = await trx
    .selectFrom('entries')
    .select(['hops', 'entered_at'])
    .where('id', '=', event.origin.entry)
    .executeTakeFirst();
  if (by === undefined) return 0;
  const later = Date.parse(event.time) - by.entered_at.getTime();
  return later * speed > AT_ONCE_MS ? 0 : by.hops + 1;
}

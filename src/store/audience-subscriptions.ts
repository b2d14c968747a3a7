/** Audiences that producers have connected to us, one row of `meta` each. */
import { type Kysely, sql } from 'kysely';
import type { AudienceSubscription } from '../plan/event.ts';
import { json } from './store.ts';
import type { Tables } from './tables.ts';

/** Keeps the latest word of each audience, by the producer's time. */
export async function tellSubscriptions(
  db: Kysely<Tables>,
  subscriptions: readonly AudienceSubscription[],
): Promise<void> {
  for (const one of subscriptions) {
    await sql`
      insert into meta (key, value) values (${`audience/${one.source}/${one.id}`}, ${json(one)}::jsonb)
        on conflict (key) do update set value = excluded.value
          where meta.value->>'time' <= excluded.value->>'time'`.execute(db);
  }
}

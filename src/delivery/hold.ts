import type { Effect, EffectResult } from '../plan/effect.ts';
import type { Json } from '../plan/json.ts';
import { quietEnd } from '../plan/limits.ts';
import { isZone } from '../plan/local-time.ts';
import type { Store } from '../store/store.ts';
import { canonicalPerson } from './canonical-person.ts';
import { grouped } from './grouped.ts';
import { mayBeOneRow, query, type Statement } from './statement.ts';

const GROUP = { max: 1_000, mayBeOneRow } as const;

/** For which keys a row stands: then it is too late to keep the message back. */
const STANDS: Statement = {
  name: 'delivery-stands',
  text: 'select key from deliveries where key = any($1::text[])',
};

const ZONE: Statement = {
  name: 'delivery-zone',
  text: `
  select e.id::text as entry, coalesce(to_jsonb(p.timezone), p.attributes->$2::text->'value') as zone
  from entries e cross join ${canonicalPerson('e.person')} join persons p on p.id = canonical.id
  where e.id = any($1::uuid[])`,
};

export type Holds = (effect: Effect) => Promise<Extract<EffectResult, { outcome: 'hold' }> | null>;

/**
 * Whether a message must not go out yet, asked right before it is claimed, so that a deferred one that falls into quiet
 * hours is held as well. Nothing is written down: the run starts a timer and asks again under the same key. What the store
 * is asked for is asked for many at once.
 */
export function createHolds(store: Store, timezoneAttribute: string | null): Holds {
  const zoneOf = grouped(async (entries: readonly string[]) => {
    const rows = await query<{ entry: string; zone: Json }>(store, ZONE, [[...entries], timezoneAttribute]);
    const zones = new Map(rows.map(({ entry, zone }) => [entry, typeof zone === 'string' ? zone : null]));
    return entries.map((entry) => zones.get(entry) ?? null);
  }, GROUP);
  const stands = grouped(async (keys: readonly string[]) => {
    const rows = await query<{ key: string }>(store, STANDS, [[...keys]]);
    const standing = new Set(rows.map(({ key }) => key));
    return keys.map((key) => standing.has(key));
  }, GROUP);

  return async ({ key, entry, limits }) => {
    if (limits === undefined) return null;
    const { quiet, late } = limits;
    const hold = async () => {
      if (typeof late === 'number') return { outcome: 'hold', until: late, why: 'late' } as const;
      if (quiet === undefined || late !== undefined) return null;
      const zone = quiet.hours.timezone === 'contact' ? await zoneOf(entry) : null;
      const until = quietEnd(quiet, zone !== null && isZone(zone) ? zone : null, Date.now());
      return until === null ? null : ({ outcome: 'hold', until, why: 'quiet' } as const);
    };
    const held = await hold();
    return held === null || (await stands(key)) ? null : held;
  };
}

import type { Effect, EffectResult } from '../plan/effect.ts';
import { quietEnd } from '../plan/limits.ts';
import { isZone } from '../plan/local-time.ts';
import type { Store } from '../store/store.ts';
import { canonicalPerson } from './canonical-person.ts';
import { query, type Statement } from './statement.ts';

/** Whether a row stands for the key: then it is too late to keep the message back. */
const STANDS: Statement = {
  name: 'delivery-stands',
  text: 'select exists (select from deliveries where key = $1) as stands',
};

const ZONE: Statement = {
  name: 'delivery-zone',
  text: `
  select coalesce(p.timezone, p.attributes->$2::text->>'value') as zone
  from entries e cross join ${canonicalPerson('e.person')} join persons p on p.id = canonical.id
  where e.id = $1`,
};

/**
 * Whether a message must not go out yet, asked right before it is claimed, so that a deferred one that falls into quiet
 * hours is held as well. Nothing is written down: the run starts a timer and asks again under the same key.
 *
 * @param now real time, ms
 */
export async function holdOf(
  store: Store,
  { key, entry, limits }: Effect,
  timezoneAttribute: string | null,
  now: number,
): Promise<Extract<EffectResult, { outcome: 'hold' }> | null> {
  if (limits === undefined) return null;
  const { quiet, late } = limits;
  const hold = async () => {
    if (typeof late === 'number') return { outcome: 'hold', until: late, why: 'late' } as const;
    if (quiet === undefined || late !== undefined) return null;
    const own = quiet.hours.timezone === 'contact' ? await zoneOf(store, entry, timezoneAttribute) : null;
    const until = quietEnd(quiet, own, now);
    return until === null ? null : ({ outcome: 'hold', until, why: 'quiet' } as const);
  };
  const held = await hold();
  if (held === null) return null;
  const [row] = await query<{ stands: boolean }>(store, STANDS, [key]);
  return row?.stands ? null : held;
}

async function zoneOf(store: Store, entry: string, timezoneAttribute: string | null): Promise<string | null> {
  const [row] = await query<{ zone: string | null }>(store, ZONE, [entry, timezoneAttribute]);
  const zone = row?.zone ?? null;
  return zone !== null && isZone(zone) ? zone : null;
}

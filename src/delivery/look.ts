import type { Effect, EffectResult } from '../plan/effect.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { query, type Statement } from './statement.ts';

/** What the store says of an effect that could not be claimed. */
export interface Standing {
  /** null: no row; the barrier, or it was given back since */
  readonly row: {
    readonly state: Tables['deliveries']['state'];
    readonly reason: string | null;
    /** what an operator, or the step's settings, decided of it */
    readonly resolution: string | null;
    readonly answer: JsonObject | null;
    readonly owner: string | null;
    /** ms until the lease is over by the database's clock; 0 or less = over, null = no lease */
    readonly leaseLeftMs: number | null;
  } | null;
  /** number of the last notice decided for the run; null: the store has no such entry */
  readonly sentN: number | null;
}

interface StandingRow {
  readonly key: string;
  readonly state: Tables['deliveries']['state'] | null;
  readonly reason: string | null;
  readonly resolution: string | null;
  readonly answer: JsonObject | null;
  readonly owner: string | null;
  readonly lease_left: number | null;
  readonly sent_n: number | null;
}

const LOOK: Statement = {
  name: 'delivery-look',
  text: `
  select asked.key, d.state, d.reason, d.resolution, d.answer, d.owner, e.sent_n,
    (extract(epoch from d.lease_until - now()) * 1000)::float8 as lease_left
  from unnest($1::text[], $2::uuid[]) as asked(key, entry)
  left join deliveries d on d.key = asked.key
  left join entries e on e.id = asked.entry`,
};

export async function look(store: Store, effects: readonly Effect[]): Promise<Standing[]> {
  const rows = await query<StandingRow>(store, LOOK, [
    effects.map(({ key }) => key),
    effects.map(({ entry }) => entry),
  ]);
  const byKey = new Map(rows.map((row) => [row.key, row]));
  return effects.map(({ key }): Standing => {
    const found = byKey.get(key);
    if (found === undefined || found.state === null) return { row: null, sentN: found?.sent_n ?? null };
    const { state, reason, resolution, answer, owner, lease_left: leaseLeftMs, sent_n: sentN } = found;
    return { row: { state, reason, resolution, answer, owner, leaseLeftMs }, sentN };
  });
}

/** What a run hears of a row that is settled. */
export type Settled = Exclude<EffectResult, { readonly outcome: 'look' | 'deferred' }>;

type Answered = Pick<NonNullable<Standing['row']>, 'state' | 'reason' | 'resolution' | 'answer'>;

/** Null while the row is `sending`. */
export function answerOf(row: Answered): Settled | null {
  const { state, reason, resolution } = row;
  const decided: { resolution?: 'resend' | 'skip' } =
    resolution === 'resend' || resolution === 'skip' ? { resolution } : {};
  const answer = row.answer === null ? {} : { answer: row.answer };
  switch (state) {
    case 'accepted':
      return { outcome: 'accepted', ...answer };
    case 'skipped':
      return { outcome: 'skipped', reason: reason ?? 'operator' };
    case 'rejected':
      return { outcome: state, reason: reason ?? state, ...decided, ...answer };
    case 'unknown':
      return { outcome: state, reason: reason ?? state, ...decided };
    case 'sending':
      return null;
  }
}

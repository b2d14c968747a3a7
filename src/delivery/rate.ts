import type { Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';
import { query, type Statement } from './statement.ts';

/** Mapp's limit is an average; 5 % are left for clocks that differ. */
const SPACING_MS = 1_050;

/** The turns of one API, evenly spaced. */
export interface Rate {
  /** ms between two turns */
  readonly interval: number;
  /** Reserves so many turns in a row; answers ms until the first. Rejects when the store is away. */
  reserve(turns: number): Promise<number>;
  /** No turn is given for `ms` from now. Turns that are reserved already stay so. Rejects when the store is away. */
  postpone(ms: number): Promise<void>;
}

/** ms between two calls at `perSecond` calls a second. */
export function spacing(perSecond: number): number {
  return SPACING_MS / perSecond;
}

const RESERVE: Statement = {
  name: 'rate-reserve',
  text: `
  insert into rates as r (api, next_at) values ($1, clock_timestamp() + $2::float8 * interval '1 ms')
  on conflict (api) do update
    set next_at = greatest(r.next_at, clock_timestamp()) + $2::float8 * interval '1 ms'
  returning (extract(epoch from next_at - clock_timestamp()) * 1000)::float8 - $2::float8 as wait`,
};

const POSTPONE: Statement = {
  name: 'rate-postpone',
  text: `
  insert into rates as r (api, next_at) values ($1, clock_timestamp() + $2::float8 * interval '1 ms')
  on conflict (api) do update set next_at = greatest(r.next_at, excluded.next_at)`,
};

/**
 * The limit of one API over all workers: a row of the store, by the store's clock. Workers that are told different rates
 * each add their own interval.
 *
 * @param perSecond calls per second (`MAPP_RATE`)
 */
export function sharedRate(store: Store, api: Tables['rates']['api'], perSecond: number): Rate {
  const interval = spacing(perSecond);
  return {
    interval,
    async reserve(turns) {
      const [row] = await query<{ wait: number }>(store, RESERVE, [api, turns * interval]);
      return Math.max(0, row!.wait);
    },
    async postpone(ms) {
      await query(store, POSTPONE, [api, ms]);
    },
  };
}

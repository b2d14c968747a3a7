import { sql } from 'kysely';
import type { Store } from '../store/store.ts';

export const DELIVERY_STATES = ['sending', 'accepted', 'rejected', 'skipped', 'unknown'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/** One row of the ledger: an element of `flows deliveries --json` (CONTRACT.md §2). */
export interface DeliveryRow {
  readonly key: string;
  /** workflow id */
  readonly run: string;
  readonly flow: string;
  readonly step: string;
  readonly visit: number;
  readonly generation: number;
  /** the step's kind */
  readonly kind: string;
  /** names of the message, group or attributes */
  readonly target: string;
  /** where it went; null where it did not */
  readonly address: string | null;
  readonly state: DeliveryState;
  readonly reason: string | null;
  /** what an operator decided of it: `sent`, `resend`, `skip` */
  readonly resolution: string | null;
  /** of the last change, ISO 8601 UTC */
  readonly at: string;
}

export interface DeliveryFilter {
  readonly state?: DeliveryState;
  /** name of a message */
  readonly message?: string;
  readonly since?: Date;
  /** workflow id */
  readonly run?: string;
}

/** An effect whose lease is over has lost its owner: nobody knows its fate, although nobody has written that yet. */
const STATE = sql<DeliveryState>`case when d.state = 'sending' and d.lease_until < now() then 'unknown' else d.state end`;

/** The rows that match, oldest change first. */
export async function listDeliveries(store: Store, filter: DeliveryFilter): Promise<DeliveryRow[]> {
  let query = store.db
    .selectFrom('deliveries as d')
    .innerJoin('entries as e', 'e.id', 'd.entry')
    .select(['d.key', 'e.workflow_id as run', 'd.flow', 'd.step', 'd.visit', 'd.generation', 'd.kind', 'd.target'])
    .select(['d.address', STATE.as('state'), 'd.resolution', 'd.at'])
    .select(
      sql<string | null>`coalesce(d.reason, case when d.state = 'sending' and d.lease_until < now()
        then 'the process that was sending it is gone' end)`.as('reason'),
    )
    .orderBy('d.at')
    .orderBy('d.key');
  if (filter.state !== undefined) query = query.where(STATE, '=', filter.state);
  if (filter.message !== undefined) {
    query = query.where('d.target', '=', filter.message).where('d.kind', 'like', 'send\\_%');
  }
  if (filter.since !== undefined) query = query.where('d.at', '>=', filter.since);
  if (filter.run !== undefined) query = query.where('e.workflow_id', '=', filter.run);
  return (await query.execute()).map((row) => ({
    ...row,
    address: row.address ?? null,
    resolution: row.resolution ?? null,
    at: row.at.toISOString(),
  }));
}

/** How many rows are in each state, in the order of `DELIVERY_STATES`, states without any left out. */
export function countStates(rows: readonly DeliveryRow[]): { readonly state: DeliveryState; readonly count: number }[] {
  return DELIVERY_STATES.map((state) => ({ state, count: rows.filter((row) => row.state === state).length })).filter(
    ({ count }) => count > 0,
  );
}

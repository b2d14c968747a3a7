import { type RawBuilder, sql } from 'kysely';
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
  /** what feedback said of it: its first open and click, ISO 8601 UTC, and what became of it after Mapp had taken it */
  readonly opened: string | null;
  readonly clicked: string | null;
  readonly failure: string | null;
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

interface Count {
  readonly state: DeliveryState;
  readonly reason: string | null;
  readonly count: number;
}

/** An effect whose lease is over has lost its owner: nobody knows its fate, although nobody has written that yet. */
const STATE = sql<DeliveryState>`case when d.state = 'sending' and d.lease_until < now() then 'unknown' else d.state end`;
const REASON = sql<string | null>`coalesce(d.reason, case when d.state = 'sending' and d.lease_until < now()
  then 'the process that was sending it is gone' end)`;

/** Rows of one page: what is read at once, however large the ledger is. */
const PAGE = 1_000;

/** The rows that match, oldest change first. */
export async function listDeliveries(store: Store, filter: DeliveryFilter): Promise<DeliveryRow[]> {
  const rows: DeliveryRow[] = [];
  for await (const page of deliveryPages(store, filter)) rows.push(...page);
  return rows;
}

/** The same, some at a time. A row that changes meanwhile may come again, as it is then. */
export async function* deliveryPages(store: Store, filter: DeliveryFilter): AsyncGenerator<DeliveryRow[]> {
  let rows: Selected[] = [];
  do {
    const last = rows.at(-1);
    const after = sql<boolean>`(d.at, d.key) > (${last?.exact}::timestamptz, ${last?.key})`;
    rows = await ordered(store, filter, 'asc', PAGE, last === undefined ? null : after);
    if (rows.length > 0) yield rows.map(shown);
  } while (rows.length === PAGE);
}

/** The latest `most` rows, oldest change first. */
export async function latestDeliveries(store: Store, filter: DeliveryFilter, most: number): Promise<DeliveryRow[]> {
  return (await ordered(store, filter, 'desc', most, null)).reverse().map(shown);
}

/** How many rows match: by state in the order of `DELIVERY_STATES`, and of each by reason, the most frequent first. */
export async function countDeliveries(store: Store, filter: DeliveryFilter): Promise<Count[]> {
  const rows = await matching(store, filter)
    .select([STATE.as('state'), REASON.as('reason'), sql<number>`count(*)::int`.as('count')])
    .groupBy([STATE, REASON])
    .execute();
  // Sealed reasons are equal only once they are opened.
  const counts = new Map<string, Count>();
  for (const { state, reason, count } of rows) {
    const key = `${state} ${reason}`;
    counts.set(key, { state, reason, count: count + (counts.get(key)?.count ?? 0) });
  }
  const place = ({ state }: Count) => DELIVERY_STATES.indexOf(state);
  return [...counts.values()].sort(
    (a, b) => place(a) - place(b) || b.count - a.count || ((a.reason ?? '') < (b.reason ?? '') ? -1 : 1),
  );
}

function matching(store: Store, filter: DeliveryFilter) {
  let query = store.db.selectFrom('deliveries as d');
  if (filter.state !== undefined)
    query = query.where('d.state', 'in', storedStates(filter)).where(STATE, '=', filter.state);
  if (filter.message !== undefined) {
    query = query.where('d.target', '=', filter.message).where('d.kind', 'like', 'send\\_%');
  }
  if (filter.since !== undefined) query = query.where('d.at', '>=', filter.since);
  if (filter.run !== undefined) {
    query = query.where('d.entry', 'in', (eb) =>
      eb.selectFrom('entries').select('id').where('workflow_id', '=', filter.run!),
    );
  }
  return query;
}

/** Those that are stored as this one: they have an index. */
function storedStates({ state }: DeliveryFilter): readonly DeliveryState[] {
  if (state === undefined) return DELIVERY_STATES;
  return state === 'unknown' ? ['unknown', 'sending'] : [state];
}

/**
 * The first `most` rows in the order of their changes. Those of a message or a run are found by them. No index has all of the
 * ledger in that order, and none is worth a write of every effect: each state has one, so that the first rows of each are
 * read, and merged.
 */
function ordered(
  store: Store,
  filter: DeliveryFilter,
  order: 'asc' | 'desc',
  most: number,
  after: RawBuilder<boolean> | null,
): Promise<Selected[]> {
  const first = (query: ReturnType<typeof selected>) =>
    (after === null ? query : query.where(after)).orderBy('d.at', order).orderBy('d.key', order).limit(most);
  if (filter.message !== undefined || filter.run !== undefined) return first(selected(store, filter)).execute();
  const ofState = first(selected(store, filter).where(sql<boolean>`d.state = stored.state`));
  const states = sql<{ state: string }>`unnest(${storedStates(filter)}::text[])`.as<'stored'>(sql`stored(state)`);
  return store.db
    .selectFrom(states)
    .innerJoinLateral(ofState.as('row'), (join) => join.onTrue())
    .selectAll('row')
    .orderBy('row.at', order)
    .orderBy('row.key', order)
    .limit(most)
    .execute();
}

function selected(store: Store, filter: DeliveryFilter) {
  return matching(store, filter)
    .innerJoin('entries as e', 'e.id', 'd.entry')
    .select(['d.key', 'e.workflow_id as run', 'd.flow', 'd.step', 'd.visit', 'd.generation', 'd.kind', 'd.target'])
    .select(['d.address', STATE.as('state'), REASON.as('reason'), 'd.resolution'])
    .select(['d.opened_at', 'd.clicked_at', 'd.failure', 'd.at', sql<string>`d.at::text`.as('exact')]);
}

type Selected = Awaited<ReturnType<ReturnType<typeof selected>['execute']>>[number];

function shown({ exact: _exact, opened_at, clicked_at, ...row }: Selected): DeliveryRow {
  return {
    ...row,
    address: row.address ?? null,
    resolution: row.resolution ?? null,
    opened: opened_at?.toISOString() ?? null,
    clicked: clicked_at?.toISOString() ?? null,
    failure: row.failure ?? null,
    at: row.at.toISOString(),
  };
}

import type { Client } from '@temporalio/client';
import { sql } from 'kysely';
import type { Contact } from '../plan/event.ts';
import type { RunPosition, RunStatus } from '../plan/notice.ts';
import type { Store } from '../store/store.ts';
import { contactOf } from './contact.ts';

export const RUN_STATES = [
  'running',
  'waiting',
  'held',
  'paused',
  'parked',
  'exited',
  'completed',
  'failed',
] as const satisfies readonly RunStatus[];

/** Where one person is in one flow: an element of `flows runs --json` (CONTRACT.md §2). */
export interface RunRow {
  /** workflow id */
  readonly run: string;
  readonly flow: string;
  /** hash of the plan it runs */
  readonly version: string;
  readonly contact: Contact;
  readonly state: RunStatus;
  /** id of the step it is at; null before the first and after the last */
  readonly step: string | null;
  /** since when, ISO 8601 UTC */
  readonly since: string;
  /** value of the flow's `key`, null without one */
  readonly key: string | null;
  /** ISO 8601 UTC */
  readonly entered: string;
  /** what comes next, in words; null where nothing does */
  readonly next: string | null;
  /** why it ended, parked or failed */
  readonly reason: string | null;
}

export interface RunFilter {
  readonly flow?: string;
  readonly persons?: readonly string[];
  readonly state?: RunStatus;
  readonly step?: string;
  readonly run?: string;
}

/** A run as the store has it, with our own id of the entry. */
export interface EntryRow extends RunRow {
  readonly entry: string;
  readonly closed: boolean;
}

/** Connects to Temporal when somebody has to be asked; null where it is away. */
export type Temporal = () => Promise<Client | null>;

/** One run by its workflow id, as stored; undefined when there is none. */
export async function findRun(store: Store, run: string): Promise<EntryRow | undefined> {
  const row = await selectRuns(store, { run }).executeTakeFirst();
  return row === undefined ? undefined : toRow(row);
}

/** The row with what the run itself says put over it. */
export function withPosition(row: EntryRow, position: RunPosition): EntryRow {
  return {
    ...row,
    state: position.status,
    step: position.step,
    since: position.since,
    next: position.next,
    reason: position.reason ?? null,
  };
}

/** What the store says of a run's state. `canceled` and the like are Temporal's words for one that was ended from outside. */
export const STORED_STATE = sql<RunStatus>`case when entries.state <> 'closed' then coalesce(position->>'status', 'running')
  when outcome in ('completed', 'exited') then outcome when outcome = 'canceled' then 'exited' else 'failed' end`;

/** Entries that match but for `state` and `step`, which the run itself knows best. */
export function matchingRuns(store: Store, { flow, run, persons }: RunFilter) {
  let query = store.db.selectFrom('entries');
  if (flow !== undefined) query = query.where('flow', '=', flow);
  if (run !== undefined) query = query.where('workflow_id', '=', run);
  if (persons !== undefined) query = query.where('person', 'in', [...persons]);
  return query;
}

export function selectRuns(store: Store, filter: RunFilter) {
  return matchingRuns(store, filter)
    .select(['id', 'workflow_id', 'flow', 'hash', 'key', 'state', 'outcome', 'reason'])
    .select(['entered_at', 'closed_at', 'position', STORED_STATE.as('status')])
    .select([contactOf('entries.person').as('contact'), sql<string>`entered_at::text`.as('exact')]);
}

export type SelectedRun = Awaited<ReturnType<ReturnType<typeof selectRuns>['execute']>>[number];

export function toRow(row: SelectedRun): EntryRow {
  const closed = row.state === 'closed';
  const base = {
    entry: row.id,
    closed,
    run: row.workflow_id,
    flow: row.flow,
    version: row.hash,
    contact: row.contact,
    key: row.key === '' ? null : row.key,
    entered: row.entered_at.toISOString(),
  };
  if (closed) {
    return {
      ...base,
      state: row.status,
      step: row.position?.step ?? null,
      since: (row.closed_at ?? row.entered_at).toISOString(),
      next: null,
      reason: row.reason ?? row.outcome ?? null,
    };
  }
  const fresh: EntryRow = {
    ...base,
    state: 'running',
    step: null,
    since: base.entered,
    next: row.state === 'starting' ? 'its start, as soon as the router reaches Temporal' : null,
    reason: null,
  };
  return row.position ? withPosition(fresh, row.position) : fresh;
}

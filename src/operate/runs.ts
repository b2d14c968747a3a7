import type { Client } from '@temporalio/client';
import type { Contact } from '../plan/event.ts';
import type { RunPosition, RunStatus } from '../plan/notice.ts';
import type { Store } from '../store/store.ts';
import { askState } from './ask.ts';
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
const CLOSED: readonly string[] = ['exited', 'completed', 'failed'] satisfies RunStatus[];

/** More runs than this are not asked one by one: their stored positions have to do. */
export const ASK_AT_MOST = 50;

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

interface Selected {
  id: string;
  workflow_id: string;
  flow: string;
  hash: string;
  key: string;
  state: 'starting' | 'open' | 'closed';
  outcome: string | null;
  reason: string | null;
  entered_at: Date;
  closed_at: Date | null;
  position: RunPosition | null;
  contact: Contact;
}

/** Connects to Temporal when somebody has to be asked; null where it is away. */
export type Temporal = () => Promise<Client | null>;

/** The runs that match, oldest entry first. Without Temporal the stored positions answer, which may lag. */
export async function listRuns(store: Store, temporal: Temporal, filter: RunFilter): Promise<EntryRow[]> {
  const stored = await select(store, filter);
  const asked = await askOpen(temporal, stored);
  return asked.filter(
    (row) =>
      (filter.state === undefined || row.state === filter.state) &&
      (filter.step === undefined || row.step === filter.step),
  );
}

/** One run by its workflow id, as stored; undefined when there is none. */
export async function findRun(store: Store, run: string): Promise<EntryRow | undefined> {
  return (await select(store, { run }))[0];
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

async function select(store: Store, filter: RunFilter): Promise<EntryRow[]> {
  let query = store.db
    .selectFrom('entries')
    .select([
      'id',
      'workflow_id',
      'flow',
      'hash',
      'key',
      'state',
      'outcome',
      'reason',
      'entered_at',
      'closed_at',
      'position',
    ])
    .select(contactOf('entries.person').as('contact'))
    .orderBy('entered_at')
    .orderBy('workflow_id');
  if (filter.flow !== undefined) query = query.where('flow', '=', filter.flow);
  if (filter.run !== undefined) query = query.where('workflow_id', '=', filter.run);
  if (filter.persons !== undefined) query = query.where('person', 'in', [...filter.persons]);
  // A run that has ended may not be closed in the store yet, but never the other way round.
  if (filter.state !== undefined && !CLOSED.includes(filter.state)) query = query.where('state', '<>', 'closed');
  return (await query.execute()).map((row) => toRow(row as Selected));
}

function toRow(row: Selected): EntryRow {
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
      state: closedState(row.outcome),
      step: row.position?.step ?? null,
      since: (row.closed_at ?? row.entered_at).toISOString(),
      next: null,
      reason: row.reason ?? row.outcome,
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
  return row.position === null ? fresh : withPosition(fresh, row.position);
}

/** `canceled` and the like are Temporal's words for a run that somebody or something ended from outside. */
function closedState(outcome: string | null): RunStatus {
  if (outcome === 'completed' || outcome === 'exited') return outcome;
  return outcome === 'canceled' ? 'exited' : 'failed';
}

/** Positions are written best effort, so runs that are open in the store are asked themselves, while they are few. */
async function askOpen(temporal: Temporal, rows: readonly EntryRow[]): Promise<EntryRow[]> {
  const open = rows.filter((row) => !row.closed);
  if (open.length === 0 || open.length > ASK_AT_MOST) return [...rows];
  const client = await temporal();
  if (client === null) return [...rows];
  const reports = new Map(
    await Promise.all(open.map(async (row) => [row.run, await askState(client, row.run)] as const)),
  );
  return rows.map((row) => {
    const report = reports.get(row.run);
    return report ? withPosition(row, report.position) : row;
  });
}

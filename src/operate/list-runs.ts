/** Runs in the order of their entries, a page at a time: a store may hold millions. */
import { type RawBuilder, sql } from 'kysely';
import type { RunPosition, RunStatus } from '../plan/notice.ts';
import type { Store } from '../store/store.ts';
import { askState } from './ask.ts';
import {
  type EntryRow,
  matchingRuns,
  type RunFilter,
  STORED_STATE,
  selectRuns,
  type Temporal,
  toRow,
  withPosition,
} from './runs.ts';

const CLOSED: readonly string[] = ['exited', 'completed', 'failed'] satisfies RunStatus[];

/** More runs than this are not asked one by one: their stored positions have to do. */
const ASK_AT_MOST = 50;
/** Rows of one page. */
const PAGE = 1_000;
/** Nobody waits until more than so many are counted. */
export const COUNT_AT_MOST = 100_000;

/** The runs that match, oldest entry first. Without Temporal the stored positions answer, which may lag. */
export async function listRuns(store: Store, temporal: Temporal, filter: RunFilter): Promise<EntryRow[]> {
  const rows: EntryRow[] = [];
  for await (const page of runPages(store, temporal, filter)) rows.push(...page);
  return rows;
}

/** The same, some at a time. */
export async function* runPages(store: Store, temporal: Temporal, filter: RunFilter): AsyncGenerator<EntryRow[]> {
  const told = await askOpen(store, temporal, filter);
  const inOrder = selectRuns(store, filter).where(matches(filter, told)).orderBy('entered_at').orderBy('workflow_id');
  let rows: Awaited<ReturnType<typeof inOrder.execute>> = [];
  do {
    const last = rows.at(-1);
    const after = sql<boolean>`(entered_at, workflow_id) > (${last?.exact}::timestamptz, ${last?.workflow_id})`;
    rows = await (last === undefined ? inOrder : inOrder.where(after)).limit(PAGE).execute();
    if (rows.length > 0) yield rows.map((row) => shown(toRow(row), told));
  } while (rows.length === PAGE);
}

/** The `most` that entered last, oldest entry first, and how many match: counted up to one more than `COUNT_AT_MOST`. */
export async function latestRuns(
  store: Store,
  temporal: Temporal,
  filter: RunFilter,
  most: number,
): Promise<{ readonly rows: readonly EntryRow[]; readonly total: number }> {
  const told = await askOpen(store, temporal, filter);
  const rows = await selectRuns(store, filter)
    .where(matches(filter, told))
    .orderBy('entered_at', 'desc')
    .orderBy('workflow_id', 'desc')
    .limit(most)
    .execute();
  const { total } = await store.db
    .selectFrom(
      matchingRuns(store, filter)
        .select('id')
        .where(matches(filter, told))
        .limit(COUNT_AT_MOST + 1)
        .as('found'),
    )
    .select(sql<number>`count(*)::int`.as('total'))
    .executeTakeFirstOrThrow();
  return { rows: rows.reverse().map((row) => shown(toRow(row), told)), total };
}

/** What runs said of themselves just now, by our own id of the entry. */
type Told = ReadonlyMap<string, RunPosition>;

/** Positions are written best effort, so runs that are open in the store are asked themselves, while they are few. */
async function askOpen(store: Store, temporal: Temporal, filter: RunFilter): Promise<Told> {
  const open = await matchingRuns(store, filter)
    .select(['id', 'workflow_id'])
    .where('state', '<>', 'closed')
    .limit(ASK_AT_MOST + 1)
    .execute();
  const client = open.length === 0 || open.length > ASK_AT_MOST ? null : await temporal();
  if (client === null) return new Map();
  const asked = open.map(async ({ id, workflow_id }) => {
    const report = await askState(client, workflow_id);
    return report ? [[id, report.position] as const] : [];
  });
  return new Map((await Promise.all(asked)).flat());
}

/** SQL: `state` and `step` as the run told, else as they are stored. */
function matches({ state, step }: RunFilter, told: Told): RawBuilder<boolean> {
  if (state === undefined && step === undefined) return sql`true`;
  const known = [...told.keys()];
  const fitting = [...told].flatMap(([id, position]) =>
    (state === undefined || position.status === state) && (step === undefined || position.step === step) ? [id] : [],
  );
  // A run that has ended may not be closed in the store yet, but never the other way round.
  const open = state !== undefined && !CLOSED.includes(state) ? sql`entries.state <> 'closed'` : sql`true`;
  const byState = state === undefined ? sql`true` : sql`${STORED_STATE} = ${state}`;
  const byStep = step === undefined ? sql`true` : sql`position->>'step' = ${step}`;
  return sql<boolean>`${open} and (
    (entries.state <> 'closed' and entries.id = any(${fitting}::uuid[]))
    or ((entries.state = 'closed' or entries.id <> all(${known}::uuid[])) and ${byState} and ${byStep}))`;
}

function shown(row: EntryRow, told: Told): EntryRow {
  const position = row.closed ? undefined : told.get(row.entry);
  return position === undefined ? row : withPosition(row, position);
}

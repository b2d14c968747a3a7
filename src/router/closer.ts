import type { Client } from '@temporalio/client';
import { sql } from 'kysely';
import type { Store } from '../store/store.ts';
import { type Background, backOff, inBackground } from '../system/background.ts';
import { closeEntry, findEnding, LOST } from './ending.ts';
import { Pace } from './pace.ts';
import type { TemporalCall } from './temporal-call.ts';
import { reasonOf } from './temporal-errors.ts';

/** What work beside the routing needs. */
export interface Tools {
  readonly store: Store;
  readonly client: Client;
  readonly call: TemporalCall;
  readonly taskQueue: string;
  readonly owner: string;
  readonly log: { info(fields: object, message: string): void; warn(fields: object, message: string): void };
}

const HINTS_EVERY_MS = 500;
const PAGES_EVERY_MS = 3_000;
/** Visibility may lag, and its clock is not ours: each paging looks this far behind the one before. */
const OVERLAP_SECONDS = 60;
/** The first paging of a store; older ends are found by `reconcile`. */
const FIRST_LOOK_SECONDS = 3_600;
/** While one router pages the others need not. */
const PAGER_LEASE_SECONDS = 15;
const AT_ONCE = 200;

/** Closes the rows of runs that ended: those that said so, every 500 ms, and those Temporal lists as closed, every 3 s. */
export function startCloser(tools: Tools): Background {
  const failed = (error: unknown, times: number) => {
    if (times === 1) tools.log.warn({ error: reasonOf(error) }, 'ended runs could not be looked up; tried again later');
    return backOff(times, 1_000, 30_000);
  };
  const hints = inBackground(async () => ((await closeHinted(tools)) === AT_ONCE ? 0 : HINTS_EVERY_MS), failed);
  const pages = inBackground(async () => {
    await closeListed(tools);
    return PAGES_EVERY_MS;
  }, failed);
  return {
    nudge: () => hints.nudge(),
    stop: async () => {
      await Promise.all([hints.stop(), pages.stop()]);
    },
  };
}

/** Rows that a run's sink marked as about to end. Answers how many ended. */
export async function closeHinted(tools: Tools): Promise<number> {
  const rows = await tools.store.db
    .selectFrom('entries')
    .select(['id', 'workflow_id'])
    .where('finishing', '=', true)
    .where('state', '<>', 'closed')
    .limit(AT_ONCE)
    .execute();
  return closeEnded(tools, rows);
}

/** Runs that Temporal lists as closed since the last paging, whichever router did it. */
export async function closeListed(tools: Tools): Promise<void> {
  const { store, client, call, taskQueue, owner } = tools;
  const turn = await claimPaging(store, owner);
  if (turn === null) return;
  const closed = `TaskQueue = "${taskQueue}" AND ExecutionStatus != "Running" AND ExecutionStatus != "ContinuedAsNew"`;
  const query = `${closed} AND CloseTime >= "${turn.since}"`;
  let page: string[] = [];
  const look = async () => {
    const rows = await store.db
      .selectFrom('entries')
      .select(['id', 'workflow_id'])
      .where('workflow_id', 'in', page)
      .where((eb) => eb.or([eb('state', '<>', 'closed'), eb('reason', 'is', null)]))
      .execute();
    page = [];
    await closeEnded(tools, rows);
  };
  // Each page of the list is a call of its own.
  const listed = client.workflow.list({ query, pageSize: AT_ONCE })[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await call(() => listed.next());
    if (done) break;
    page.push(value.workflowId);
    if (page.length === AT_ONCE) await look();
  }
  if (page.length > 0) await look();
  await sql`
    update meta set value = value || jsonb_build_object('since', ${turn.began}::text)
    where key = 'closer' and value ->> 'owner' = ${owner}`.execute(store.db);
}

/** Asks Temporal about each row; answers how many were closed. */
export async function closeEnded(
  { store, client, call }: Tools,
  rows: readonly { readonly id: string; readonly workflow_id: string }[],
): Promise<number> {
  const pace = new Pace(10);
  const closed = await Promise.all(
    rows.map((run) =>
      pace.run(async () => {
        const found = await call(() => findEnding(client, run.workflow_id));
        if (found === 'running') return 0;
        await closeEntry(store.db, run, found === 'not_found' ? { ...LOST, at: new Date() } : found);
        return 1;
      }),
    ),
  );
  return closed.reduce<number>((sum, one) => sum + one, 0);
}

/** `since` and `began` are ISO 8601, on the store's clock; null: another router pages. */
async function claimPaging(store: Store, owner: string): Promise<{ since: string; began: string } | null> {
  const first = sql`now() - make_interval(secs => ${FIRST_LOOK_SECONDS})`;
  const until = sql`now() + make_interval(secs => ${PAGER_LEASE_SECONDS})`;
  const { rows } = await sql<{ since: Date; began: Date }>`
    insert into meta (key, value)
    values ('closer', jsonb_build_object('owner', ${owner}::text, 'until', ${until}, 'since', ${first}))
    on conflict (key) do update
      set value = meta.value || jsonb_build_object('owner', ${owner}::text, 'until', ${until})
      where meta.value ->> 'owner' = ${owner} or (meta.value ->> 'until')::timestamptz < now()
    returning (value ->> 'since')::timestamptz as since,
      now() - make_interval(secs => ${OVERLAP_SECONDS}) as began`.execute(store.db);
  const turn = rows[0];
  return turn === undefined ? null : { since: turn.since.toISOString(), began: turn.began.toISOString() };
}

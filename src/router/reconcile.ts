import { sql } from 'kysely';
import { personOfRun } from '../plan/run-id.ts';
import type { Store } from '../store/store.ts';
import { type Background, backOff, inBackground } from '../system/background.ts';
import { closeEnded, type Tools } from './closer.ts';
import { erasedAmong, knownRuns } from './known-runs.ts';
import { rebuildRow } from './rebuild.ts';
import type { RunMemo } from './start-run.ts';
import { reasonOf } from './temporal-errors.ts';

const AT_ONCE = 200;
const NIL = '00000000-0000-0000-0000-000000000000';
/** Runs in the middle of a workflow task are looked at again after: */
const BUSY_MS = 1_000;

/** Once at start, beside the routing: brings store and Temporal together again, however long they were apart. */
export function startReconcile(tools: Tools): Background {
  return inBackground(
    async () => {
      await readyForgotten(tools.store);
      const closed = await closeForgotten(tools);
      const { rebuilt, busy, unreadable } = await rebuildMissing(tools);
      if (closed + rebuilt > 0) tools.log.info({ closed, rebuilt }, 'store and Temporal reconciled');
      if (unreadable > 0 && busy === 0) {
        tools.log.warn(
          { runs: unreadable },
          "runs in Temporal cannot go on: their people's keys are not in this store, which was restored to an older moment; flows doctor says what to do",
        );
      }
      return busy > 0 ? BUSY_MS : null;
    },
    (error, times) => {
      if (times === 1) tools.log.warn({ error: reasonOf(error) }, 'reconcile failed; tried again later');
      return backOff(times, 1_000, 60_000);
    },
  );
}

/** Whoever has something due and is not ready, as after a store was restored, is made ready. */
export async function readyForgotten(store: Store): Promise<void> {
  await sql`
    with forgotten as (
      select p.id from persons p
      where p.ready_at is null and p.id in (
        select person from inbox where state = 'new' union select person from notices where state = 'due')
      order by p.id for no key update)
    update persons p set ready_at = now(), wake = p.wake + 1
    from forgotten where p.id = forgotten.id`.execute(store.db);
}

/** Describes every open row; answers how many had ended. A row still `starting` has its start due. */
export async function closeForgotten(tools: Tools): Promise<number> {
  let closed = 0;
  // By person, as the index of open rows is: the closed ones are many more.
  let after = { person: NIL, id: NIL };
  for (;;) {
    const rows = await tools.store.db
      .selectFrom('entries')
      .select(['person', 'id', 'workflow_id'])
      .where('state', '<>', 'closed')
      .where('state', '=', 'open')
      .where(({ eb, refTuple, tuple }) => eb(refTuple('person', 'id'), '>', tuple(after.person, after.id)))
      .orderBy('person')
      .orderBy('id')
      .limit(AT_ONCE)
      .execute();
    if (rows.length === 0) return closed;
    closed += await closeEnded(tools, rows);
    after = rows.at(-1)!;
  }
}

/**
 * Runs of ours that the store does not know. Answers how many rows were rebuilt, how many have to be looked at again, and how
 * many it has no key for: their people, too, are known to the newer store only.
 */
export async function rebuildMissing(
  tools: Tools,
): Promise<{ readonly rebuilt: number; readonly busy: number; readonly unreadable: number }> {
  const { store, client, call, taskQueue } = tools;
  const counts = { rebuilt: 0, busy: 0, refused: 0, unreadable: 0 };
  let page = new Map<string, RunMemo>();
  const look = async () => {
    const known = await knownRuns(store.db, [...page.keys()]);
    for (const [id, memo] of page) if (!known.has(id)) counts[await rebuildRow(tools, id, memo)] += 1;
    page = new Map();
  };
  const query = `TaskQueue = "${taskQueue}" AND ExecutionStatus = "Running"`;
  const listed = client.workflow.list({ query, pageSize: AT_ONCE })[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await call(() => listed.next());
    if (done) break;
    const { entry, person } = value.memo ?? {};
    // Anything else on this task queue was not started by a router.
    if (typeof entry === 'string' && typeof person === 'string') page.set(value.workflowId, { entry, person });
    else if (entry !== undefined && (await isUnknown(store, value.workflowId))) counts.unreadable += 1;
    if (page.size === AT_ONCE) await look();
  }
  await look();
  return counts;
}

/** Whether a run, of which nothing can be read, is of a person whom the store never knew. */
async function isUnknown({ db }: Store, workflowId: string): Promise<boolean> {
  const person = personOfRun(workflowId);
  return person !== null && (await erasedAmong(db, [person])).size === 0;
}

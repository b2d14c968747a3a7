import { type Client, WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { sql } from 'kysely';
import { NOTICE_UPDATE, type Notice, type NoticeAnswer } from '../plan/notice.ts';
import type { Actor } from './act.ts';
import { keep, type Lease } from './claim.ts';
import { closeEntry, type Ending, findEnding, LOST, leavingEnding } from './ending.ts';
import { exitEvents } from './goal-rules.ts';
import type { OpenRun } from './person.ts';
import { NoAnswer } from './temporal-call.ts';

type Checker = Pick<Actor, 'store' | 'client' | 'call' | 'published'>;

/**
 * Asks about runs that would refuse an entry: an end that the store has not noticed yet must not cost somebody an entry.
 * Ended ones are closed in the store, the others added to `verified`.
 *
 * @throws whatever the client throws where nobody answers: nothing has been decided then
 */
export async function check(
  checker: Checker,
  lease: Lease,
  runs: readonly OpenRun[],
  verified: Map<string, number>,
): Promise<void> {
  const { store, client, call } = checker;
  for (const run of runs) {
    await keep(store, lease);
    const found = await call(() => findEnding(client, run.workflow_id));
    const ending = found === 'running' ? await leaving(checker, run) : found;
    if (ending === null) verified.set(run.id, run.sent_n);
    else await closeEntry(store.db, run, ending === 'not_found' ? { ...LOST, at: new Date() } : ending);
  }
}

/**
 * A run that was sent its exit runs on in Temporal until a worker has taken the signal, and until a send under way is
 * finished; whether it leaves only the run can say. Null: it stays.
 */
async function leaving({ store, client, call, published }: Checker, run: OpenRun): Promise<Ending | null> {
  const exits = exitEvents(await published.plan(store.db, run.hash));
  const { rows } = await sql`
    select n from notices where entry = ${run.id}
      and (kind = 'exit' or (kind = 'event' and body -> 'event' ->> 'name' = any(${exits}::text[])))
    limit 1`.execute(store.db);
  if (rows.length === 0) return null;
  try {
    const leaves = await call(() => askWhetherItLeaves(client, run.workflow_id));
    return leaves ? await call(() => leavingEnding(client, run.workflow_id)) : null;
  } catch (error) {
    if (error instanceof NoAnswer) throw new Error(`no worker answered for ${run.workflow_id}`, { cause: error });
    if (!(error instanceof WorkflowNotFoundError || error instanceof WorkflowUpdateFailedError)) throw error;
    // It ended while it was asked.
    const found = await call(() => findEnding(client, run.workflow_id));
    if (typeof found === 'string') throw error;
    return found;
  }
}

/** The update that carries a notice answers for a number seen long ago too, without taking anything. */
async function askWhetherItLeaves(client: Client, workflowId: string): Promise<boolean> {
  const nothing: Notice = { n: 0, kind: 'resume' };
  const handle = client.workflow.getHandle(workflowId);
  const { exited } = await handle.executeUpdate<NoticeAnswer, [Notice]>(NOTICE_UPDATE, { args: [nothing] });
  return exited;
}

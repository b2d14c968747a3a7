import type { Client } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { NOTICE_SIGNAL, NOTICE_UPDATE, type Notice, type RunInput } from '../plan/notice.ts';
import { sealEvents } from '../store/crypto/seal-event.ts';
import { keyForms } from '../store/crypto/seal-ids.ts';
import { json } from '../store/store.ts';
import type { Tools } from './closer.ts';
import { erasedAmong } from './known-runs.ts';
import type { RunMemo } from './start-run.ts';

/** `temporal.api.enums.v1.PendingWorkflowTaskState` */
const TASK_STARTED = 2;

/**
 * Writes the row of a run that Temporal knows and the store does not (a store lost, or restored from a backup), from the
 * run's memo and history. `busy`: its history is not whole at this moment, try again. `refused`: the row would contradict
 * others, which is logged, and the run goes on by itself; or its person was erased, and the run is being ended.
 */
export async function rebuildRow(
  tools: Tools,
  workflowId: string,
  memo: RunMemo,
): Promise<'rebuilt' | 'busy' | 'refused'> {
  const { store, client, call, log } = tools;
  const history = await call(() => readHistory(client, workflowId));
  if (history === null) return 'busy';
  const { input, seen } = history;
  const { plan, event, entered, key } = input;
  if ((await erasedAmong(store.db, [memo.person])).size > 0) return 'refused';
  return store.db.transaction().execute(async (trx) => {
    await trx
      .insertInto('persons')
      .values({ id: memo.person })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    await trx
      .insertInto('plans')
      .values({ hash: plan.hash, flow: plan.flow, plan: json(plan) })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const [sealed] = await sealEvents(trx, [{ person: memo.person, event }]);
    const [storedKey] = await keyForms(trx, [memo.person], key);
    const { numInsertedOrUpdatedRows: inserted } = await trx
      .insertInto('entries')
      .values({
        id: memo.entry,
        flow: plan.flow,
        person: memo.person,
        key: storedKey!,
        ordinal: Number(workflowId.slice(workflowId.lastIndexOf('/') + 1)),
        workflow_id: workflowId,
        hash: plan.hash,
        mode: plan.reentry.mode,
        state: 'open',
        sent_n: seen,
        listens: [...plan.listens],
        event: json(sealed),
        entered_at: entered,
      })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (inserted === 1n) return 'rebuilt';
    log.warn({ run: workflowId }, 'a run without a row contradicts the rows there are; left alone');
    return 'refused';
  });
}

/**
 * The input, and the highest number of a notice it was sent: counting has to go on above it. Null while a workflow task
 * runs: signals of that time are kept aside, and come into the history after it. Nobody else signals a run without a row.
 */
async function readHistory(client: Client, workflowId: string): Promise<{ input: RunInput; seen: number } | null> {
  const handle = client.workflow.getHandle(workflowId);
  const { raw } = await handle.describe();
  if (raw.pendingWorkflowTask?.state === TASK_STARTED) return null;
  const { events } = await handle.fetchHistory();
  const decode = async (payloads: Payload[] | null | undefined) =>
    (await decodeArrayFromPayloads(client.options.loadedDataConverter, payloads))[0];
  let input: RunInput | undefined;
  let seen = 0;
  for (const event of events ?? []) {
    const { workflowExecutionStartedEventAttributes: start, workflowExecutionSignaledEventAttributes: signal } = event;
    const update = event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input;
    if (start) {
      input = (await decode(start.input?.payloads)) as RunInput;
      seen = Math.max(seen, input.state?.seen ?? 0);
    }
    const told =
      signal?.signalName === NOTICE_SIGNAL ? signal.input : update?.name === NOTICE_UPDATE ? update.args : null;
    if (told) seen = Math.max(seen, ((await decode(told.payloads)) as Notice).n);
  }
  if (input === undefined) throw new Error(`the history of ${workflowId} has no start`);
  return { input, seen };
}

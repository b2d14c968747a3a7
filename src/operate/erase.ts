/** Forgetting somebody, from the request to the proof: docs/privacy.md. Every part may be repeated after a crash. */
import { type Client, isGrpcServiceError, ServiceError, WorkflowNotFoundError } from '@temporalio/client';
import { sql } from 'kysely';
import { callWithin, NoAnswer } from '../router/temporal-call.ts';
import { reasonOf, troubleOf } from '../router/temporal-errors.ts';
import { clearStore, PersonBusy, type Removed } from '../store/erasures.ts';
import { json, type Store } from '../store/store.ts';
import type { ErasedRun } from '../store/tables/privacy.ts';
import type { Sealer } from '../system/seal.ts';

export interface EraseTools {
  readonly store: Store;
  /** null: Temporal is away; runs are ended as soon as it is back */
  readonly client: Client | null;
  readonly namespace: string;
  readonly sealer: Sealer;
  /** how long to wait for a router that has the person, ms; 45 s unless told */
  readonly patienceMs?: number;
}

/** How far a request has come. */
export interface Erased {
  readonly id: string;
  readonly persons: number;
  readonly removed: Removed;
  /** runs ended, or whose histories were deleted */
  readonly runs: number;
  /** false: Temporal has to be told about runs yet */
  readonly done: boolean;
  /** why Temporal could not be told, though there is a client; `away`: it did not answer at all */
  readonly failure: { readonly away: boolean; readonly reason: string } | null;
}

/** How long a router keeps a person at most, with some patience on top. */
const PATIENCE_MS = 45_000;
/** A router that has more to decide about the person is back within milliseconds. */
const AGAIN_MS = 20;
/** For one run, which may be a few calls. */
const TEMPORAL_MS = 8_000;

/** Reason that Temporal's UI shows of a run that was ended. */
const REASON = 'erased';

/** Carries one request out as far as it goes now. @throws PersonBusy try again; whatever the store throws */
export async function erase(tools: EraseTools, erasure: string): Promise<Erased> {
  const { store, client } = tools;
  await clearPatiently(tools, erasure);
  const failure = client === null ? null : await endRuns(store, client, tools.namespace, erasure).catch(toldBy);
  const row = await store.db
    .selectFrom('erasures')
    .select(['persons', 'removed', 'state'])
    .where('id', '=', erasure)
    .executeTakeFirstOrThrow();
  const { runs = 0, ...removed } = row.removed ?? {};
  return { id: erasure, persons: row.persons.length, removed, runs, done: row.state === 'done', failure };
}

/** What Temporal answers instead is for the operator to read; anything else is thrown on. */
function toldBy(error: unknown): Erased['failure'] {
  const ofTemporal = error instanceof NoAnswer || error instanceof ServiceError || isGrpcServiceError(error);
  if (!ofTemporal) throw error;
  return { away: troubleOf(error) === 'away', reason: reasonOf(error) };
}

/** Requests that are not done: of producers, and of a command that was ended in between. */
export async function openErasures(store: Store): Promise<string[]> {
  const rows = await store.db.selectFrom('erasures').select('id').where('state', '<>', 'done').orderBy('id').execute();
  return rows.map(({ id }) => id);
}

async function clearPatiently({ store, sealer, patienceMs = PATIENCE_MS }: EraseTools, erasure: string): Promise<void> {
  const end = performance.now() + patienceMs;
  for (;;) {
    try {
      return await clearStore(store, sealer, erasure);
    } catch (error) {
      if (!(error instanceof PersonBusy) || performance.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    }
  }
}

/** Tells Temporal, run by run, and forgets the runs' ids with that. */
async function endRuns(store: Store, client: Client, namespace: string, erasure: string): Promise<null> {
  const row = await store.db
    .selectFrom('erasures')
    .select(['runs', 'state'])
    .where('id', '=', erasure)
    .executeTakeFirstOrThrow();
  if (row.state !== 'cleared') return null;
  const runs = row.runs ?? [];
  const call = callWithin(client, TEMPORAL_MS);
  for (const run of runs) await call(() => endRun(client, namespace, run));
  await sql`
    update erasures set state = 'done', done_at = now(), runs = null,
      removed = removed || ${json(runs.length > 0 ? { runs: runs.length } : {})}::jsonb
    where id = ${erasure} and state = 'cleared'`.execute(store.db);
  return null;
}

async function endRun(client: Client, namespace: string, { run, plain }: ErasedRun): Promise<void> {
  if (!plain) return ignoringAbsence(async () => client.workflow.getHandle(run).terminate(REASON));
  // Deleting ends a run that goes on, and is at once then; of one that is over Temporal takes its time, a minute or so.
  await ignoringAbsence(() => deleteExecution(client, namespace, run));
  // The earlier ones of a run that was continued as new, and the last one where a list knew it late.
  const query = `WorkflowId = "${run.replaceAll('"', '\\"')}"`;
  for await (const { runId } of client.workflow.list({ query })) {
    await ignoringAbsence(() => deleteExecution(client, namespace, run, runId));
  }
}

async function deleteExecution(client: Client, namespace: string, workflowId: string, runId?: string): Promise<void> {
  const workflowExecution = { workflowId, ...(runId !== undefined && { runId }) };
  await client.workflowService.deleteWorkflowExecution({ namespace, workflowExecution });
}

/** `NOT_FOUND` of gRPC: it is over and deleted, or was never started. */
const NOT_FOUND = 5;

async function ignoringAbsence(task: () => Promise<unknown>): Promise<void> {
  try {
    await task();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || (error as { code?: unknown }).code === NOT_FOUND) return;
    throw error;
  }
}

import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { type Kysely, sql } from 'kysely';
import type { RunResult } from '../plan/notice.ts';
import { personOfRun } from '../plan/run-id.ts';
import { PersonErased } from '../store/crypto/key-table.ts';
import { vaultOf } from '../store/crypto/vault.ts';
import type { Tables } from '../store/tables.ts';
import { reasonOf } from './temporal-errors.ts';

/** How a run ended. */
export interface Ending {
  /** `completed`, `exited`; else what Temporal says: `failed`, `terminated`, `canceled`, `timed_out`, or `lost` */
  readonly outcome: string;
  /** null: not known yet, the closer fills it in */
  readonly reason: string | null;
  readonly at: Date;
}

/** Asks Temporal whether the run goes on. Two calls at most; other trouble is thrown as the client throws it. */
export async function findEnding(client: Client, workflowId: string): Promise<'running' | 'not_found' | Ending> {
  const handle = client.workflow.getHandle(workflowId);
  try {
    const { status, closeTime } = await handle.describe();
    const at = closeTime ?? new Date();
    // The chain goes on in a run that this description did not see yet.
    if (closeTime === undefined || status.name === 'CONTINUED_AS_NEW') return 'running';
    if (status.name !== 'COMPLETED') return { outcome: lower(status.name), reason: await failureOf(handle), at };
    const result = (await handle.result()) as RunResult | undefined;
    return { outcome: result?.outcome ?? 'completed', reason: result?.reason ?? 'completed', at };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'not_found';
    throw error;
  }
}

/** How a run ends that says it leaves: where a send under way keeps it, why stands in its result later. */
export async function leavingEnding(client: Client, workflowId: string): Promise<Ending> {
  const found = await findEnding(client, workflowId);
  return typeof found === 'string' ? { outcome: 'exited', reason: null, at: new Date() } : found;
}

/** The row of a run that Temporal does not know: its history is deleted, or it ran on another server. */
export const LOST = { outcome: 'lost', reason: 'Temporal knows no run with this id' } as const;

/** Closes the row; one closed before only gets the reason that was missing. */
export async function closeEntry(
  db: Kysely<Tables>,
  { id, workflow_id }: { readonly id: string; readonly workflow_id: string },
  { outcome, reason, at }: Ending,
): Promise<void> {
  await db
    .updateTable('entries')
    .set({
      state: 'closed',
      outcome,
      reason: await sealReason(db, workflow_id, reason),
      closed_at: sql<Date>`coalesce(closed_at, ${at})`,
      finishing: false,
    })
    .where('id', '=', id)
    .where((eb) => eb.or([eb('state', '<>', 'closed'), eb('reason', 'is', null)]))
    .execute();
}

/** It may be the flow's own words, or tell what failed. Of somebody who was erased meanwhile there is no row to close. */
async function sealReason(db: Kysely<Tables>, workflowId: string, reason: string | null): Promise<string | null> {
  const person = personOfRun(workflowId);
  const vault = vaultOf(db);
  if (vault === null || person === null || reason === null) return reason;
  try {
    return (await vault.seal([{ person, text: reason }]))[0]!;
  } catch (error) {
    if (error instanceof PersonErased) return null;
    throw error;
  }
}

async function failureOf(handle: { result(): Promise<unknown> }): Promise<string | null> {
  try {
    await handle.result();
    return null;
  } catch (error) {
    if (error instanceof WorkflowFailedError) return reasonOf(error.cause ?? error);
    throw error;
  }
}

function lower(status: string): string {
  return status === 'CANCELLED' ? 'canceled' : status.toLowerCase();
}

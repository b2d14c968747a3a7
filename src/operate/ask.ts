import type { Client } from '@temporalio/client';
import { type RunReport, type RunResult, STATE_QUERY } from '../plan/notice.ts';

/** A query waits for a worker; without one nobody would answer. */
export const ASK_MS = 2_000;

/** What the run itself says of where it is; null when nobody answers within `ms`, or nothing is known of it. */
export async function askState(client: Client, run: string, ms = ASK_MS): Promise<RunReport | null> {
  try {
    return await client.withDeadline(Date.now() + ms, () =>
      client.workflow.getHandle(run).query<RunReport>(STATE_QUERY),
    );
  } catch {
    // Whatever the reason (no worker, no Temporal, history past its retention), the caller has the stored position.
    return null;
  }
}

/** The result of a closed run; null when it has none (failed, terminated, still open, past its retention). */
export async function askResult(client: Client, run: string, ms = ASK_MS): Promise<RunResult | null> {
  try {
    return await client.withDeadline(
      Date.now() + ms,
      () => client.workflow.getHandle(run).result() as Promise<RunResult>,
    );
  } catch {
    return null;
  }
}

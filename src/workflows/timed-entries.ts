import { scheduleActivity, workflowInfo } from '@temporalio/workflow';
import type { TimedEntry } from '../plan/timed-entry.ts';

/** Started by a Temporal schedule: everybody for whom the moment has come becomes an event in the inbox. */
export async function timedEntries(entry: TimedEntry): Promise<void> {
  const { searchAttributes, startTime } = workflowInfo();
  // A firing that was missed is caught up later, and is about its own moment all the same.
  const [scheduled] = (searchAttributes.TemporalScheduledStartTime ?? []) as Date[];
  const at = new Date(scheduled ?? startTime).toISOString();
  for (let after: string | null = null, first = true; first || after !== null; first = false) {
    after = await scheduleActivity<string | null>('enterDue', [{ ...entry, at, after }], {
      startToCloseTimeout: '2 minutes',
      summary: `${entry.flow}: who is due at ${at}`,
    });
  }
}

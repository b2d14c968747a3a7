import {
  CancellationScope,
  condition,
  isCancellation,
  proxySinks,
  scheduleActivity,
  scheduleLocalActivity,
  setCurrentDetails,
  workflowInfo,
} from '@temporalio/workflow';
import type { World } from '../interpreter/world.ts';
import type { AnyEffect, EffectResult, ReadResult } from '../plan/effect.ts';
import { currentDetails } from './current-details.ts';
import type { RunSinks } from './sink.ts';

/** One attempt, inside the workflow task (PROTOCOLS.md §4). */
const LOCAL = { startToCloseTimeout: 60_000, retry: { maximumAttempts: 1 } };
/** Patient: a lost worker is noticed after 45 s, the activity itself says when to come again. */
const PATIENT = { startToCloseTimeout: 45_000, cancellationType: 'WAIT_CANCELLATION_COMPLETED' } as const;

const { runs } = proxySinks<RunSinks>();

/** `World` over Temporal. The only place that emits commands. */
export function temporalWorld(entry: string): World {
  return {
    now: () => Date.now(),

    async until(predicate, ms, summary) {
      if (ms !== null) return condition(predicate, ms, { summary });
      await condition(predicate);
      return true;
    },

    deliver: (effect, summary) =>
      uncancelled(async () => {
        try {
          return await scheduleLocalActivity<EffectResult>('deliver', [effect], { ...LOCAL, summary });
        } catch {
          return { outcome: 'deferred', reason: 'the attempt within the task failed' };
        }
      }),

    deliverLater: (effect, summary, stop) => uncancelled(() => deliverUntil(effect, summary, stop)),

    read: (request, at, summary) =>
      uncancelled(async () => {
        const args = [{ ...request, key: `${workflowInfo().runId}/${at}` }];
        try {
          return await scheduleLocalActivity<ReadResult>('read', args, { ...LOCAL, summary });
        } catch {
          return scheduleActivity<ReadResult>('read', args, { ...PATIENT, summary });
        }
      }),

    report(position, lines, number, finishing) {
      setCurrentDetails(currentDetails(position));
      runs.report({ entry, number, position, lines, finishing });
    },

    renewalDue: () => workflowInfo().continueAsNewSuggested,
  };
}

function uncancelled<T>(run: () => Promise<T>): Promise<T> {
  return CancellationScope.nonCancellable(run);
}

/** Between two attempts nothing is claimed, and the activity ends at once; an attempt under way is finished first. */
async function deliverUntil(effect: AnyEffect, summary: string, stop: () => boolean): Promise<EffectResult | null> {
  const scope = new CancellationScope({ cancellable: true });
  let done = false;
  const { operation } = effect;
  const more = operation.type === 'webhook' ? operation.timeout : 0;
  const options = { ...PATIENT, startToCloseTimeout: PATIENT.startToCloseTimeout + more, summary };
  const attempt = scope.run(() => scheduleActivity<EffectResult>('deliverLater', [effect], options));
  const result = attempt.then(
    (value) => value,
    (error: unknown) => {
      if (isCancellation(error)) return null;
      throw error;
    },
  );
  const finished = result.finally(() => {
    done = true;
  });
  await condition(() => done || stop());
  if (!done) scope.cancel();
  return finished;
}

import {
  CancellationScope,
  condition,
  isCancellation,
  proxySinks,
  scheduleActivity,
  scheduleLocalActivity,
  setCurrentDetails,
  sleep,
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

const ATTEMPT_FAILED: EffectResult = { outcome: 'deferred', reason: 'the attempt within the task failed' };

const { runs } = proxySinks<RunSinks>();

/** `World` over Temporal. The only place that emits commands. */
export function temporalWorld(entry: string): World {
  let shield: CancellationScope | null = null;
  /** What has begun is finished, whoever cancels the run. One scope for all: each costs as much as an effect does. */
  const uncancelled = <T>(run: () => Promise<T>): Promise<T> => {
    shield ??= new CancellationScope({ cancellable: false });
    return shield.run(run);
  };
  return {
    now: () => Date.now(),

    until: (predicate, ms, summary) =>
      ms === null ? condition(predicate).then(() => true) : untilRung(predicate, ms, summary),

    deliver: (effect, summary) =>
      uncancelled(() => scheduleLocalActivity<EffectResult>('deliver', [effect], { ...LOCAL, summary })).catch(
        () => ATTEMPT_FAILED,
      ),

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

/** `condition` of the SDK with a time limit, made of half as many promises: of each one the SDK takes a stack trace. */
async function untilRung(predicate: () => boolean, ms: number, summary: string): Promise<boolean> {
  const timer = new CancellationScope();
  let rang = false;
  timer
    .run(() => sleep(ms, { summary }))
    .then(
      () => {
        rang = true;
      },
      () => {}, // canceled, by us or with the run: then the condition fails too
    );
  try {
    await condition(() => rang || predicate());
  } finally {
    if (!rang) timer.cancel();
  }
  return !rang;
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

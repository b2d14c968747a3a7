import type { Acting } from '../plan/plan.ts';
import type { Task } from '../plan/task.ts';
import type { ActResult, Host, StepResult } from './host.ts';

type Outcome = Pick<StepResult, 'outcome' | 'result' | 'exit'>;
type ActingStep = Parameters<Host['act']>[0];

/** The outcome of LANGUAGE.md §5 for one effect; `done` is what the kind calls success. */
export function actOutcome(result: ActResult, done: string, step: Acting & { readonly id?: string } = {}): Outcome {
  if (result.outcome === 'done') return { outcome: done };
  if (result.outcome === 'unknown') return { outcome: 'unknown' };
  if (result.outcome === 'failed') return failed(result.reason, step);
  return { outcome: 'skipped', result: { reason: result.reason } };
}

/** The step could not do its work, and nobody waits for an operator. */
export function failed(reason: string, { id, on_error }: Acting & { readonly id?: string }): Outcome {
  return { outcome: 'failed', result: { reason }, ...(on_error === 'exit' && { exit: `${id} failed` }) };
}

/**
 * Before anything could be asked of the world: what an expression gave is of no use. Parks, unless the step says otherwise.
 * Null: an operator says that it is to be tried again.
 */
export function* cannotAct(step: ActingStep, reason: string, host: Host): Task<Outcome | null> {
  if (step.on_error === undefined && (yield* host.park(step, reason)) === 'again') return null;
  return failed(reason, step);
}

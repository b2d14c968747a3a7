import type { ActResult, StepResult } from './host.ts';

/** The outcome of LANGUAGE.md §5 for one effect; `done` is what the kind calls success. */
export function actOutcome(result: ActResult, done: string): Pick<StepResult, 'outcome' | 'result'> {
  if (result.outcome === 'done') return { outcome: done };
  if (result.outcome === 'unknown') return { outcome: 'unknown' };
  return { outcome: result.outcome, result: { reason: result.reason } };
}

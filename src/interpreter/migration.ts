/** `on_change: migrate`: when a run moves to the version it was told of. */
import type { Plan } from '../plan/plan.ts';
import type { RunState } from '../plan/run-state.ts';
import { WAITING_KINDS } from '../plan/waiting-kinds.ts';

/**
 * The version to go on with, null: the run stays. It moves only where it waits, or begins to, and where the step it is at exists
 * there, of the same kind.
 */
export function movesTo({ cursor, wait, newer }: RunState, plan: Plan): Plan | null {
  if (newer === undefined || cursor === null) return null;
  const step = plan.steps[cursor];
  if (step === undefined || newer.steps[cursor]?.kind !== step.kind) return null;
  return wait !== null || WAITING_KINDS.includes(step.kind) ? newer : null;
}

/** Input and state of the run that continues this one. */
export function renewed<I extends { readonly plan: Plan }>(
  input: I,
  state: RunState,
): I & { readonly state: RunState } {
  const plan = movesTo(state, input.plan);
  if (plan === null) return { ...input, state };
  const { newer: _, ...rest } = state;
  return { ...input, plan, state: { ...rest, migrated: true } };
}

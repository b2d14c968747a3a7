/** Where the trail says nothing of a step: it did not get that far. */
import type { RunPosition, TrailLine } from '../plan/notice.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';

/** What a step is about, where it did not get as far as saying so itself. */
export function subjectOf(step: PlanStep): string {
  if ('message' in step) return step.message.name;
  if ('groups' in step && !('names' in step.groups)) return step.groups.map(({ name }) => name).join(', ');
  if ('attributes' in step)
    return (Array.isArray(step.attributes) ? step.attributes : Object.keys(step.attributes)).join(', ');
  if ('amounts' in step) return Object.keys(step.amounts).join(', ');
  if ('record' in step) return step.record;
  // Several entries may wait for one event.
  if (step.kind === 'wait_for') return [...new Set(step.arms.map(({ on }) => on.event))].join(', ');
  if (step.kind === 'emit' || step.kind === 'start_automation') return step.event;
  if (step.kind === 'start_flow') return step.flow;
  if (step.kind === 'exit' && typeof step.reason === 'string') return step.reason;
  return step.id;
}

/** The line of a run that waits for an operator. `position.step` is the step it is parked at. */
export function parkedLine(
  plan: Plan,
  { step: id, reason }: Pick<RunPosition, 'step' | 'reason'>,
  place: Pick<TrailLine, 'seq' | 'at'>,
): TrailLine {
  const step = plan.steps[id!]!;
  return {
    ...place,
    step: step.id,
    kind: step.kind,
    what: subjectOf(step),
    outcome: 'parked',
    ...(reason === undefined ? {} : { data: { reason } }),
  };
}

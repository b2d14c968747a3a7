/** What `save` and `remove` have in common. */
import type { Operation } from '../plan/effect.ts';
import type { PlanSteps, RecordKind } from '../plan/plan.ts';
import { actOutcome } from './act-outcome.ts';
import { evaluateAll } from './evaluate-all.ts';
import type { Host, StepResult } from './host.ts';

/** Mapp needs to know when something was put there; without a word of the author it is now. */
const TIMED: readonly RecordKind[] = ['abandoned_cart', 'abandoned_browse', 'wishlist'];

export async function changeRecord(step: PlanSteps['save' | 'remove'], host: Host): Promise<StepResult> {
  const given = evaluateAll(step.with, host);
  const timed = step.kind === 'save' && TIMED.includes(step.record);
  const fields = timed ? { createdAt: new Date(host.now()).toISOString(), ...given } : given;
  const operation: Operation = {
    type: 'record',
    action: step.kind,
    record: step.record,
    fields,
    ...(step.kind === 'save' && step.mode !== undefined && { mode: step.mode }),
    ...(step.filter !== undefined && { filter: evaluateAll(step.filter, host) }),
  };
  const result = await host.act(step, operation);
  return { next: step.next, what: step.record, data: fields, ...actOutcome(result, 'done', step) };
}

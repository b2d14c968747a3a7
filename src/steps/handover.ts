/** What `emit` and `start_flow` have in common: an event for our own inbox. */
import type { Handover } from '../plan/effect.ts';
import type { Contact } from '../plan/event.ts';
import type { PlanSteps } from '../plan/plan.ts';
import type { Task } from '../plan/task.ts';
import { toText } from '../plan/values.ts';
import { actOutcome } from './act-outcome.ts';
import { evaluateAll } from './evaluate-all.ts';
import type { Host, StepResult } from './host.ts';

type Handovers = PlanSteps['emit' | 'start_flow'];

export function* handOver(step: Handovers, host: Host, target: Pick<Handover, 'event' | 'flow'>): Task<StepResult> {
  const data = evaluateAll(step.with, host);
  const what = target.flow ?? target.event;
  const contact = step.contact === null ? null : contactOf(step.contact, host);
  if (contact !== null && Object.keys(contact).length === 0) {
    return { next: step.next, what, data, outcome: 'skipped', result: { reason: 'no_contact' } };
  }
  const result = yield* host.act(step, { type: 'handover', ...target, data, contact });
  return { next: step.next, what, data, ...actOutcome(result, 'done', step) };
}

/** Identifiers that have a value; numbers are as good as texts. */
function contactOf(expressions: NonNullable<Handovers['contact']>, host: Host): Contact {
  const values = Object.entries(evaluateAll(expressions, host)).map(([kind, value]) => [kind, toText(value).trim()]);
  return Object.fromEntries(values.filter(([, value]) => value !== ''));
}

/** What `increment` and `decrement` have in common. */
import type { Json } from '../plan/json.ts';
import type { PlanSteps } from '../plan/plan.ts';
import type { Task } from '../plan/task.ts';
import { actOutcome, cannotAct } from './act-outcome.ts';
import { evaluateAll } from './evaluate-all.ts';
import type { Host, StepResult } from './host.ts';
import { memberOf } from './member-of.ts';

type Counts = PlanSteps['increment' | 'decrement'];

export function* count(step: Counts, sign: 1 | -1, host: Host): Task<StepResult> {
  for (;;) {
    const amounts = Object.entries(evaluateAll(step.amounts, host));
    const wrong = amounts.find(([, amount]) => typeof amount !== 'number');
    if (wrong === undefined) return yield* add(step, amounts as [string, number][], sign, host);
    const reason = `the amount of "${wrong[0]}" is ${JSON.stringify(wrong[1])}, which is no number`;
    const ending = yield* cannotAct(step, reason, host);
    if (ending !== null) return { next: step.next, ...ending };
  }
}

function* add(step: Counts, amounts: [string, number][], sign: 1 | -1, host: Host): Task<StepResult> {
  // Every amount null: there is nothing to write, and Mapp is not asked.
  if (amounts.length === 0) return { next: step.next, outcome: 'done', data: {} };
  const changes = Object.fromEntries(amounts.map(([name, amount]) => [name, sign * amount]));
  const result = yield* host.act(step, { type: 'count', add: changes, ...memberOf(step) });
  const data: { readonly [name: string]: Json } | undefined = result.outcome === 'done' ? result.answer : undefined;
  return {
    next: step.next,
    ...(data === undefined ? { what: Object.keys(changes).join(', ') } : { data }),
    ...actOutcome(result, 'done', step),
  };
}

/** What `add_to_group` and `remove_from_group` have in common: one effect per group, in the author's order. */
import type { Operation } from '../plan/effect.ts';
import type { Expr } from '../plan/expression.ts';
import type { Named, PlanSteps } from '../plan/plan.ts';
import type { Task } from '../plan/task.ts';
import { toText } from '../plan/values.ts';
import { actOutcome, cannotAct } from './act-outcome.ts';
import type { ActResult, Host, StepResult } from './host.ts';

type GroupSteps = PlanSteps['add_to_group' | 'remove_from_group'];

export function* changeGroups(step: GroupSteps, host: Host): Task<StepResult> {
  const groups = 'names' in step.groups ? yield* fromNames(step, step.groups.names, host) : step.groups;
  if ('outcome' in groups) return { next: step.next, ...groups };
  const what = groups.map((group) => group.name).join(', ');
  let worst: ActResult = { outcome: 'done' };
  for (const [part, group] of groups.entries()) {
    const operation: Operation = {
      type: 'group',
      action: step.kind === 'add_to_group' ? 'add' : 'remove',
      group,
      optIn: step.kind === 'add_to_group' ? step.opt_in : 'single',
      ...(step.kind === 'remove_from_group' && step.unsubscribe && { unsubscribe: true }),
    };
    const result = yield* host.act(step, operation, part);
    if (result.outcome !== 'done') worst = result;
    if (result.outcome === 'failed' && step.on_error === 'exit') break;
  }
  return { next: step.next, what, ...actOutcome(worst, 'done', step) };
}

/** Groups whose names an expression gives: one text or a list of texts; null and empty name none. */
function* fromNames(
  step: GroupSteps,
  expr: Expr,
  host: Host,
): Task<readonly Named[] | Pick<StepResult, 'outcome' | 'result' | 'exit'>> {
  for (;;) {
    const value = host.evaluate(expr);
    const names = (Array.isArray(value) ? value : [value]).filter((name) => name !== null && name !== '').map(toText);
    const unknown = names.find((name) => host.groupId(name) === undefined);
    if (unknown === undefined) return names.map((name) => ({ name, id: host.groupId(name)! }));
    const ending = yield* cannotAct(step, `the catalogue has no group "${unknown}"`, host);
    if (ending !== null) return ending;
  }
}

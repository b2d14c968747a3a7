/** What the three message steps have in common. */
import type { Operation } from '../plan/effect.ts';
import type { PlanSteps } from '../plan/plan.ts';
import type { Channel } from '../plan/project.ts';
import type { Task } from '../plan/task.ts';
import { toText } from '../plan/values.ts';
import { actOutcome } from './act-outcome.ts';
import { evaluateAll } from './evaluate-all.ts';
import type { Host, StepResult } from './host.ts';

type Sends = PlanSteps['send_email' | 'send_sms' | 'send_push'];

export function* send(step: Sends, channel: Channel, host: Host): Task<StepResult> {
  const parameters = evaluateAll(step.with, host);
  const set = evaluateAll(step.set, host);
  const transactionId = step.transaction_id === null ? null : toText(host.evaluate(step.transaction_id)) || null;
  const operation: Operation = {
    type: 'send',
    channel,
    message: step.message,
    parameters,
    set,
    transactionId,
    priority: step.priority,
    ...(step.kind === 'send_push' ? (step.web ? { web: true } : { app: step.app }) : {}),
    ...(step.via === undefined ? {} : { via: step.via }),
  };
  const result = yield* host.act(step, operation);
  return {
    next: step.next,
    what: step.message.name,
    data: { ...parameters, ...set },
    ...actOutcome(result, 'sent', step),
  };
}

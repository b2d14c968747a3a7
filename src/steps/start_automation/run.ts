import { actOutcome } from '../act-outcome.ts';
import { evaluateAll } from '../evaluate-all.ts';
import type { Runner } from '../host.ts';

export const run: Runner<'start_automation'> = function* (step, host) {
  const fields = evaluateAll(step.with, host);
  const result = yield* host.act(step, { type: 'automation', event: step.event, fields });
  return { next: step.next, what: step.event, data: fields, ...actOutcome(result, 'done', step) };
};

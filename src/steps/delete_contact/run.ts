import { actOutcome } from '../act-outcome.ts';
import type { Runner } from '../host.ts';

export const run: Runner<'delete_contact'> = function* (step, host) {
  const result = yield* host.act(step, { type: 'delete_contact' });
  return { next: step.next, ...actOutcome(result, 'done', step) };
};

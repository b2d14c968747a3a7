import { actOutcome } from '../act-outcome.ts';
import { evaluateAll } from '../evaluate-all.ts';
import type { Runner } from '../host.ts';
import { memberOf } from '../member-of.ts';

export const run: Runner<'set'> = function* (step, host) {
  const set = evaluateAll(step.attributes, host);
  // Every value null: there is nothing to write, and Mapp is not asked.
  if (Object.keys(set).length === 0) return { next: step.next, outcome: 'done', data: {} };
  const result = yield* host.act(step, { type: 'profile', set, ...memberOf(step) });
  return { next: step.next, data: set, ...actOutcome(result, 'done', step) };
};

import { actOutcome } from '../act-outcome.ts';
import type { Runner } from '../host.ts';
import { memberOf } from '../member-of.ts';

export const run: Runner<'unset'> = function* (step, host) {
  const set = Object.fromEntries(step.attributes.map((name) => [name, null]));
  const result = yield* host.act(step, { type: 'profile', set, ...memberOf(step) });
  return { next: step.next, what: step.attributes.join(', '), ...actOutcome(result, 'done', step) };
};

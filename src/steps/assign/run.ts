import { evaluateAll } from '../evaluate-all.ts';
import type { Runner } from '../host.ts';

export const run: Runner<'assign'> = (step, host) => {
  // All values are taken before the first is assigned: `assign: { a: "${vars.b}", b: "${vars.a}" }` swaps.
  const vars = evaluateAll(step.vars, host, 'keep nulls');
  host.assign(vars);
  return { next: step.next, outcome: 'done', data: vars };
};

import type { Runner } from '../host.ts';

export const run: Runner<'wait'> = function* (step, host) {
  const { passed } = yield* host.wait(step, step.spec);
  const next = passed ? step.passed : step.ahead;
  return { next: next === undefined ? step.next : next, outcome: passed ? 'passed' : 'waited' };
};

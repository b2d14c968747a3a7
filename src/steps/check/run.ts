import type { Runner } from '../host.ts';

export const run: Runner<'check'> = (step, host) => {
  const yes = host.evaluate(step.condition) === true;
  return {
    next: yes ? step.yes : step.no,
    outcome: 'done',
    what: yes ? 'yes' : 'no',
    saw: host.saw(step.condition),
    result: { arm: yes ? 'then' : 'else' },
  };
};

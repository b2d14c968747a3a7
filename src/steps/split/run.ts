import { armOf } from '../../plan/arm.ts';
import type { Runner } from '../host.ts';

export const run: Runner<'split'> = (step, host) => {
  const arm = armOf(step.split, host.identity(), step.arms);
  return {
    next: arm.to,
    outcome: 'done',
    what: step.split,
    data: { arm: arm.name },
    result: { arm: arm.name },
  };
};

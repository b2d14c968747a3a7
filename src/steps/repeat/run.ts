import type { Runner } from '../host.ts';

export const run: Runner<'repeat'> = (step, host) => {
  const { round, over } = host.round(step);
  return {
    next: over ? step.next : step.body,
    outcome: 'done',
    what: over ? `over after ${round} ${round === 1 ? 'round' : 'rounds'}` : `round ${round}`,
    ...(step.until !== null && { saw: host.saw(step.until) }),
    result: { round },
  };
};

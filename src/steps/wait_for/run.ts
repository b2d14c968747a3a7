import type { Runner } from '../host.ts';

export const run: Runner<'wait_for'> = function* (step, host) {
  const taken = yield* host.waitFor(step);
  if (taken === null) {
    // Several entries may wait for one event, under conditions of their own.
    const what = [...new Set(step.arms.map((arm) => arm.on.event))].join(', ');
    return { next: step.timed_out, outcome: 'timed_out', what };
  }
  const { event } = taken;
  return {
    next: step.arms[taken.arm]!.then,
    outcome: 'event',
    what: event.name,
    result: { event: event.data, arm: event.name },
  };
};

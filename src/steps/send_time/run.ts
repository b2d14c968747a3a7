import { formatDuration } from '../../plan/duration.ts';
import type { Runner } from '../host.ts';

export const run: Runner<'send_time'> = function* (step, host) {
  yield* host.sendTime(step);
  return { next: step.next, outcome: 'done', what: formatDuration(step.within) };
};

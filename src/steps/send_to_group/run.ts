import { actOutcome } from '../act-outcome.ts';
import type { Runner } from '../host.ts';

export const run: Runner<'send_to_group'> = function* (step, host) {
  const { message, group } = step;
  const result = yield* host.act(step, { type: 'group_send', message, group });
  return { next: step.next, what: message.name, data: { group: group.name }, ...actOutcome(result, 'sent', step) };
};

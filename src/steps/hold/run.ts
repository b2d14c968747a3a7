import { toText } from '../../plan/values.ts';
import type { Runner } from '../host.ts';

export const run: Runner<'hold'> = function* (step, host) {
  const outcome = yield* host.hold(step, toText(host.evaluate(step.text)));
  return { next: outcome === 'approved' ? step.approved : step.rejected, outcome, what: step.id };
};

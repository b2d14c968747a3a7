import { toText } from '../../plan/values.ts';
import type { Runner } from '../host.ts';

export const run: Runner<'exit'> = (step, host) => {
  const reason = toText(host.evaluate(step.reason)) || 'exit';
  return { next: null, outcome: 'done', exit: reason };
};

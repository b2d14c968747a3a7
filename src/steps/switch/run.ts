import { toText } from '../../plan/values.ts';
import type { Runner } from '../host.ts';

export const run: Runner<'switch'> = (step, host) => {
  const value = host.evaluate(step.value);
  const text = value === null ? null : toText(value);
  const taken = text === null ? undefined : step.cases.find((one) => one.values.includes(text));
  return {
    next: taken === undefined ? step.default : taken.to,
    outcome: 'done',
    what: taken === undefined ? 'default' : text!,
    saw: host.saw(step.value),
    result: { arm: taken === undefined ? 'default' : text },
  };
};

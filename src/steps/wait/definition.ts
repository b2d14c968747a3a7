import { keyWithout } from '../../diagnostics/codes-shape.ts';
import { child } from '../../source/node.ts';
import type { StepDefinition } from '../definition.ts';
import { steps, wait } from '../schemas.ts';
import { lowerWait } from '../wait-settings.ts';

export const definition: StepDefinition<'wait'> = {
  kind: 'wait',
  summary: 'Waits for a period, or until a moment.',
  cost: 'timer',
  what: {
    schema: wait,
    doc: 'A period (days, weeks and months keep the local clock time); or `for` with `weekdays` and `at`; or `until` a moment, with `offset`, `weekdays` and `at`.',
  },
  settings: {
    then: { schema: steps, doc: 'With `until`: the steps for whom the moment was still ahead when the wait began.' },
    else: { schema: steps, doc: 'With `until`: the steps for whom it had passed already.' },
  },
  lower(step, context) {
    const ahead = step.settings.get('then');
    const passed = step.settings.get('else');
    const until = step.what.type === 'map' && child(step.what, 'until') !== undefined;
    for (const [key, setting] of step.settings) {
      if ((key === 'then' || key === 'else') && !until && step.what.type !== 'broken') {
        context.report(setting.keySpan, keyWithout(key, '"until"'));
      }
    }
    const spec = lowerWait(step.what, context);
    if (ahead === undefined && passed === undefined) return { spec };
    return { spec, ahead: context.branch(ahead?.node), passed: context.branch(passed?.node) };
  },
};

import type { StepDefinition } from '../definition.ts';
import { steps, text, wait } from '../schemas.ts';
import { lowerWait } from '../wait-settings.ts';

export const definition: StepDefinition<'hold'> = {
  kind: 'hold',
  summary: 'Waits until an operator decides: `flows approve`, `flows reject`.',
  cost: 'answer',
  what: { schema: text, doc: 'What is to be decided; operators see it.' },
  settings: {
    timeout: { schema: wait, doc: 'How long to wait; whatever `wait` takes. Without it, until somebody decides.' },
    then: { schema: steps, doc: 'The steps after an approval.' },
    else: { schema: steps, doc: 'The steps after a rejection or the time-out.' },
  },
  lower(step, context) {
    const timeout = step.settings.get('timeout');
    return {
      text: context.scalar(step.what).expr,
      timeout: timeout === undefined ? null : lowerWait(timeout.node, context),
      approved: context.branch(step.settings.get('then')?.node),
      rejected: context.branch(step.settings.get('else')?.node),
    };
  },
};

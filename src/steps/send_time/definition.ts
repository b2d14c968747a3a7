import type { StepDefinition } from '../definition.ts';
import { period } from '../schemas.ts';
import { positivePeriod } from '../wait-settings.ts';

export const definition: StepDefinition<'send_time'> = {
  kind: 'send_time',
  summary: 'Waits for the hour in which the contact most often reacts to messages.',
  cost: 'timer',
  what: {
    schema: period,
    doc: 'The longest wait. Of the hours within it, the one with most of the past opens and clicks that the store knows; where it knows none, it goes on at once.',
  },
  settings: {},
  lower(step, context) {
    context.needs({ reactions: true });
    return { within: positivePeriod(step.what, context) };
  },
};

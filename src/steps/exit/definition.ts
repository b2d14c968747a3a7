import type { StepDefinition } from '../definition.ts';
import { text } from '../schemas.ts';

export const definition: StepDefinition<'exit'> = {
  kind: 'exit',
  summary: 'Leaves the flow, from any depth.',
  cost: 'nothing',
  what: { schema: text, doc: 'Why; shown in timelines and reports.' },
  settings: {},
  leaves: true,
  lower: (step, context) => ({ reason: context.scalar(step.what).expr }),
};

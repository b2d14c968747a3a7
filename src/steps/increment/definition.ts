import { countSettings, lowerCount } from '../count-definition.ts';
import type { StepDefinition } from '../definition.ts';
import { values } from '../schemas.ts';

export const definition: StepDefinition<'increment'> = {
  kind: 'increment',
  summary: 'Adds to profile attributes; a missing one counts from 0.',
  cost: 'effect',
  what: { schema: values, doc: 'Attributes and by how much; one whose amount is null is left out.' },
  settings: countSettings,
  lower: lowerCount,
};

import { actingSettings, lowerActing } from '../acting-definition.ts';
import { lowerAttributes } from '../attributes.ts';
import type { StepDefinition } from '../definition.ts';
import { memberGroup, memberGroupSetting } from '../group-definition.ts';
import { values } from '../schemas.ts';

export const definition: StepDefinition<'set'> = {
  kind: 'set',
  summary: 'Writes profile attributes.',
  cost: 'effect',
  what: { schema: values, doc: 'Attributes and their values; one whose value is null is left out.' },
  settings: { group: memberGroupSetting, ...actingSettings },
  lower: (step, context) => ({
    attributes: lowerAttributes(step.what, context),
    ...memberGroup(step, context),
    ...lowerActing(step, context),
  }),
};

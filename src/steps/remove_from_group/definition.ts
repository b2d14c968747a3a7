import { actingSettings, lowerActing } from '../acting-definition.ts';
import type { StepDefinition } from '../definition.ts';
import { groupKey, lowerGroups } from '../group-definition.ts';

export const definition: StepDefinition<'remove_from_group'> = {
  kind: 'remove_from_group',
  summary: 'Takes the contact out of a group, or of several.',
  cost: 'effect',
  what: groupKey,
  settings: actingSettings,
  lower: (step, context) => ({ groups: lowerGroups(step, context), ...lowerActing(step, context) }),
};

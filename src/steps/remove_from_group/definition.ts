import * as z from 'zod';
import { textOf } from '../../source/node.ts';
import { actingSettings, lowerActing } from '../acting-definition.ts';
import type { StepDefinition } from '../definition.ts';
import { groupKey, lowerGroups } from '../group-definition.ts';

export const definition: StepDefinition<'remove_from_group'> = {
  kind: 'remove_from_group',
  summary: 'Takes the contact out of a group, or of several.',
  cost: 'effect',
  what: groupKey,
  settings: {
    unsubscribe: {
      schema: z.boolean(),
      doc: '`true`: as the contact asked for it; Mapp keeps the objection. Without it, only the membership ends.',
    },
    ...actingSettings,
  },
  lower: (step, context) => ({
    groups: lowerGroups(step, context),
    ...(textOf(step.settings.get('unsubscribe')?.node) === 'true' && { unsubscribe: true }),
    ...lowerActing(step, context),
  }),
};

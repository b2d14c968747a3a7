import * as z from 'zod';
import { actingSettings, lowerActing } from '../acting-definition.ts';
import type { StepDefinition } from '../definition.ts';

export const definition: StepDefinition<'delete_contact'> = {
  kind: 'delete_contact',
  summary: 'Removes the contact from Mapp.',
  cost: 'effect',
  what: { schema: z.literal(true).describe('true'), doc: 'Always `true`.' },
  settings: actingSettings,
  lower: (step, context) => lowerActing(step, context),
};

import * as z from 'zod';
import { textOf } from '../../source/node.ts';
import { actingSettings, lowerActing, onUnknownSetting } from '../acting-definition.ts';
import type { StepDefinition } from '../definition.ts';
import { lowerFields } from '../fields-definition.ts';
import { values } from '../schemas.ts';

export const definition: StepDefinition<'start_automation'> = {
  kind: 'start_automation',
  summary: "Sends one of Mapp's external events, which starts a Whiteboard.",
  cost: 'effect',
  what: {
    schema: z
      .string()
      .regex(/^[^\s${}]{1,100}$/)
      .describe('the name of an external event: at most 100 characters, without spaces'),
    doc: "The event's name as registered in the integration at Mapp; upper and lower case are different.",
  },
  settings: {
    with: { schema: values, doc: "Fields of the event, by the names in the integration's mapping." },
    ...actingSettings,
    on_unknown: onUnknownSetting,
  },
  lower: (step, context) => ({
    event: textOf(step.what) ?? '',
    with: lowerFields(step.settings.get('with')?.node, context, { taken: ['external_event'] }),
    ...lowerActing(step, context, true),
  }),
};

import * as z from 'zod';
import { textOf } from '../../source/node.ts';
import { actingSettings, lowerActing, onUnknownSetting } from '../acting-definition.ts';
import type { StepDefinition } from '../definition.ts';
import { groupKey, lowerGroups } from '../group-definition.ts';

const OPT_IN = ['single', 'confirmed', 'double'] as const;

export const definition: StepDefinition<'add_to_group'> = {
  kind: 'add_to_group',
  summary: 'Makes the contact a member of a group, or of several.',
  cost: 'effect',
  what: groupKey,
  settings: {
    opt_in: {
      schema: z.enum(OPT_IN),
      doc: '`single` (default), `confirmed`: Mapp welcomes the contact, or `double`: Mapp asks the contact first.',
    },
    ...actingSettings,
    on_unknown: onUnknownSetting,
  },
  lower(step, context) {
    const written = textOf(step.settings.get('opt_in')?.node);
    const once = written === 'double' ? true : '"opt_in: double"';
    return {
      groups: lowerGroups(step, context),
      opt_in: OPT_IN.find((one) => one === written) ?? 'single',
      ...lowerActing(step, context, once),
    };
  },
};

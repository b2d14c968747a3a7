import * as z from 'zod';
import { keyWithout } from '../../diagnostics/codes-shape.ts';
import { RECORD_KINDS } from '../../plan/plan.ts';
import { actingSettings, lowerActing } from '../acting-definition.ts';
import type { StepDefinition } from '../definition.ts';
import { lowerFields } from '../fields-definition.ts';
import { filterSetting, lowerRecord, recordOf, withSetting } from '../record-definition.ts';

export const definition: StepDefinition<'remove'> = {
  kind: 'remove',
  summary: 'Removes an order, a product, a cart or related data at Mapp.',
  cost: 'effect',
  // Mapp has no way to take a coupon back
  what: { schema: z.enum(RECORD_KINDS).exclude(['coupon']), doc: 'What is removed.' },
  settings: { with: withSetting, filter: filterSetting, ...actingSettings },
  lower(step, context) {
    const record = recordOf(step);
    const filter = step.settings.get('filter');
    if (filter !== undefined && record !== 'related_data')
      context.report(filter.keySpan, keyWithout('filter', '"remove: related_data"'));
    return {
      record,
      with: lowerRecord(step, record, context),
      ...(filter !== undefined && { filter: lowerFields(filter.node, context) }),
      ...lowerActing(step, context),
    };
  },
};

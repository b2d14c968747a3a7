import * as z from 'zod';
import { keyWithout } from '../../diagnostics/codes-shape.ts';
import { RECORD_KINDS } from '../../plan/plan.ts';
import { textOf } from '../../source/node.ts';
import { actingSettings, lowerActing, onUnknownSetting } from '../acting-definition.ts';
import type { StepDefinition } from '../definition.ts';
import { lowerFields } from '../fields-definition.ts';
import { filterSetting, lowerRecord, recordOf, withSetting } from '../record-definition.ts';

const ONCE =
  'calls that must not be made twice: "coupon", "transaction" with a "messageId", "related_data" with "mode: add"';

export const definition: StepDefinition<'save'> = {
  kind: 'save',
  summary: 'Saves an order, a product, a cart, a coupon or related data at Mapp.',
  cost: 'effect',
  what: { schema: z.enum(RECORD_KINDS), doc: 'What is saved.' },
  settings: {
    with: withSetting,
    mode: {
      schema: z.enum(['add', 'update']),
      doc: 'With `related_data`: `add` (default) adds a row; `update` changes the rows of the key that `filter` names, without `filter` it replaces them all.',
    },
    filter: filterSetting,
    ...actingSettings,
    on_unknown: onUnknownSetting,
  },
  lower(step, context) {
    const record = recordOf(step);
    const mode = textOf(step.settings.get('mode')?.node) === 'update' ? 'update' : 'add';
    const filter = step.settings.get('filter');
    const related = record === 'related_data';
    for (const key of ['mode', 'filter']) {
      const setting = step.settings.get(key);
      if (setting !== undefined && !related) context.report(setting.keySpan, keyWithout(key, '"save: related_data"'));
    }
    if (filter !== undefined && related && mode === 'add')
      context.report(filter.keySpan, keyWithout('filter', '"mode: update"'));
    const fields = lowerRecord(step, record, context);
    const once =
      record === 'coupon' ||
      (related && mode === 'add') ||
      (record === 'transaction' && fields.messageId !== undefined);
    return {
      record,
      with: fields,
      ...(related && { mode }),
      ...(filter !== undefined && { filter: lowerFields(filter.node, context) }),
      ...lowerActing(step, context, once || ONCE),
    };
  },
};

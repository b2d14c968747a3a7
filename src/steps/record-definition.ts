/** What the definitions of `save` and `remove` have in common. */
import { unknownMessage } from '../diagnostics/codes-names.ts';
import { missingKey } from '../diagnostics/codes-shape.ts';
import type { Expr } from '../plan/expression.ts';
import type { RecordKind } from '../plan/plan.ts';
import { ALLOWED_FIELDS } from '../plan/reserved-fields.ts';
import { type Entry, textOf } from '../source/node.ts';
import type { KeyDefinition, RawStep, StepContext } from './definition.ts';
import { lowerFields } from './fields-definition.ts';
import { insertsExpression } from './inserts.ts';
import { values } from './schemas.ts';

/** Fields without which Mapp cannot act (docs.mapp.com "API endpoints"): to name the record, and further ones to save it. */
const NEEDED: { readonly [K in RecordKind]: { readonly key: readonly string[]; readonly save: readonly string[] } } = {
  transaction: { key: ['orderId'], save: [] },
  product: { key: ['productSKU'], save: [] },
  abandoned_cart: { key: ['sku'], save: [] },
  abandoned_browse: { key: ['sku'], save: [] },
  wishlist: { key: ['sku'], save: [] },
  recommended_product: { key: ['sku'], save: [] },
  coupon: { key: ['listName', 'value'], save: [] },
  related_data: { key: ['datasetName', 'key'], save: ['attributes'] },
};

export const withSetting: KeyDefinition = {
  schema: values,
  doc: "Fields by Mapp's names, such as `orderId`, `items`, `productSKU`, `sku`, `listName`, `datasetName`; one whose value is null is left out.",
};
export const filterSetting: KeyDefinition = {
  schema: values,
  doc: 'With `related_data`: columns and values of the rows that are meant.',
};

export function recordOf(step: RawStep): RecordKind {
  return (Object.keys(NEEDED) as RecordKind[]).find((one) => one === textOf(step.what)) ?? 'transaction';
}

export function lowerRecord(
  step: RawStep,
  record: RecordKind,
  context: StepContext,
): { readonly [field: string]: Expr } {
  const node = step.settings.get('with')?.node;
  const taken = record === 'related_data' ? ['importMode', 'filter'] : [];
  const fields = lowerFields(node, context, {
    allowed: ALLOWED_FIELDS[record],
    taken,
    lower: (entry) => (record === 'transaction' && entry.key === 'messageId' ? messageId(entry, context) : undefined),
  });
  const { key, save } = NEEDED[record];
  const known = step.what.type !== 'broken' && node?.type !== 'broken';
  for (const name of known ? [...key, ...(step.kind === 'save' ? save : [])] : []) {
    if (Object.hasOwn(fields, name)) continue;
    context.report(
      step.settings.get('with')?.keySpan ?? step.what.span,
      missingKey(name, `"with" of "${step.kind}: ${record}"`),
    );
  }
  return fields;
}

/** A message of the catalogue by its name, or Mapp's id of one. */
function messageId({ value }: Entry, context: StepContext): Expr | undefined {
  const { messages } = context.project;
  const text = textOf(value);
  if (text === null || messages === null || insertsExpression(text)) return undefined;
  if (Object.hasOwn(messages, text)) return messages[text]!.id;
  const emails = Object.entries(messages).filter(([, one]) => one.channel === 'email');
  if (emails.some(([, one]) => one.id === text)) return text;
  context.report(
    value.span,
    unknownMessage(
      text,
      'email',
      emails.map(([name]) => name),
    ),
  );
  return text;
}

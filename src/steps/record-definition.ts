/** What the definitions of `save` and `remove` have in common. */
import { unknownMessage } from '../diagnostics/codes-names.ts';
import { missingKey } from '../diagnostics/codes-shape.ts';
import type { Expr } from '../plan/expression.ts';
import { RECORD_KINDS, type RecordKind } from '../plan/plan.ts';
import { ALLOWED_FIELDS, neededFields } from '../plan/record-fields.ts';
import { type Entry, textOf } from '../source/node.ts';
import type { KeyDefinition, RawStep, StepContext } from './definition.ts';
import { lowerFields } from './fields-definition.ts';
import { insertsExpression } from './inserts.ts';
import { values } from './schemas.ts';

export const withSetting: KeyDefinition = {
  schema: values,
  doc: "Fields by Mapp's names, such as `orderId`, `items`, `productSKU`, `sku`, `listName`, `datasetName`; one whose value is null is left out.",
};
export const filterSetting: KeyDefinition = {
  schema: values,
  doc: 'With `related_data`: columns and values of the rows that are meant.',
};

export function recordOf(step: RawStep): RecordKind {
  return RECORD_KINDS.find((one) => one === textOf(step.what)) ?? 'transaction';
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
  const misspelt = node === undefined && step.misspelt.includes('with');
  const known = step.what.type !== 'broken' && node?.type !== 'broken' && !misspelt;
  for (const name of known ? neededFields(record, step.kind === 'save' ? 'save' : 'remove') : []) {
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

/** Fields of Mapp's ecommerce and data events (docs.mapp.com "API endpoints", the Generic integration's names). */
import type { Operation } from '../plan/effect.ts';
import type { Json } from '../plan/json.ts';
import { ALLOWED_FIELDS } from '../plan/record-fields.ts';
import { checkText } from './carried.ts';
import { textsOf } from './fields.ts';
import { put } from './put.ts';

type RecordOperation = Extract<Operation, { type: 'record' }>;

/** Fields that Mapp takes as they are, lists and objects with texts in them; all others are on one level. */
const NESTED: { readonly [record: string]: readonly string[] } = {
  transaction: ['items'],
  related_data: ['attributes'],
};
export function recordFields(body: Record<string, Json>, operation: RecordOperation): void {
  const { action, record, fields, mode, filter } = operation;
  for (const [name, value] of Object.entries(fields)) {
    if (value !== null && (NESTED[record] ?? []).includes(name)) body[name] = nested(name, value);
    else put(body, 'field', name, value, ALLOWED_FIELDS[record]);
  }
  if (record !== 'related_data') {
    if (action === 'remove') body.delete = 'true';
    return;
  }
  body.importMode = action === 'remove' ? 'delete' : (mode ?? 'add');
  if (filter !== undefined) body.filter = nested('filter', filter);
}

function nested(name: string, value: Json): Json {
  const texts = textsOf(value);
  checkTexts(name, texts);
  return texts;
}

function checkTexts(name: string, value: Json): void {
  if (typeof value === 'string') checkText('field', name, value);
  else if (value !== null && typeof value === 'object')
    for (const [key, inner] of Object.entries(value)) checkTexts(`${name}.${key}`, inner);
}

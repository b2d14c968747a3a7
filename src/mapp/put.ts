import type { Json } from '../plan/json.ts';
import { RESERVED_FIELDS } from '../plan/reserved-fields.ts';
import { checkText } from './carried.ts';
import { MappError } from './errors.ts';
import { fieldsOf } from './fields.ts';

/** Puts an author's value into an event. Throws a `MappError` of kind `invalid` where its name is taken, or Mapp would not carry it. */
export function put(
  body: Record<string, Json>,
  what: 'parameter' | 'attribute' | 'field',
  name: string,
  value: Json,
  allowed: readonly string[] = [],
): void {
  for (const [field, text] of fieldsOf(name, value)) {
    if (RESERVED_FIELDS.has(field) && !allowed.includes(field)) {
      throw new MappError(
        'invalid',
        `${what} "${field}" has the name of a field that Mapp gives a meaning of its own; name it otherwise`,
      );
    }
    if (Object.hasOwn(body, field) && body[field] !== text) {
      throw new MappError('invalid', `${what} "${field}" is given twice in one call, with different values`);
    }
    checkText(what, field, text);
    body[field] = text;
  }
}

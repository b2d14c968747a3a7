/** Text functions of LANGUAGE.md §4. Null or a value of another kind gives null, or false in a test. */

import type { Call, FunctionTable } from './functions.ts';
import type { Json } from './json.ts';
import { isList, toText } from './values.ts';

/** Longest text an expression may make, so that a text that doubles in every round of a `repeat` cannot end a worker. */
export const MAX_TEXT = 1_000_000;

/** Null where a text has become too long. */
export function limited(text: string): string | null {
  return text.length <= MAX_TEXT ? text : null;
}

const onText =
  (make: (text: string) => Json): Call =>
  ([text]) =>
    typeof text === 'string' ? make(text) : null;
const test =
  (holds: (text: string, part: string) => boolean): Call =>
  ([text, part]) =>
    typeof text === 'string' && typeof part === 'string' && holds(text, part);

export const TEXT_FUNCTIONS: FunctionTable = {
  lower: onText((text) => text.toLowerCase()),
  upper: onText((text) => limited(text.toUpperCase())),
  trim: onText((text) => text.trim()),
  contains: test((text, part) => text.includes(part)),
  startsWith: test((text, part) => text.startsWith(part)),
  endsWith: test((text, part) => text.endsWith(part)),
  split: ([text, separator]) =>
    typeof text === 'string' && typeof separator === 'string' ? text.split(separator) : null,
  join: ([list, separator = '']) => {
    if (list === null) return '';
    if (!isList(list ?? null) || typeof separator !== 'string') return null;
    return limited((list as readonly Json[]).map(toText).join(separator));
  },
  replace: ([text, from, to]) => {
    if (typeof text !== 'string' || typeof from !== 'string' || typeof to !== 'string') return null;
    const parts = text.split(from);
    // counted first: the result may be far longer than the text
    return text.length + (parts.length - 1) * (to.length - from.length) > MAX_TEXT ? null : parts.join(to);
  },
};

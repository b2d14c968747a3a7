import { parse } from 'lossless-json';
import type { Json } from '../plan/json.ts';

/** JSON whose integers survive: one that a double cannot hold, such as an id of 64 bits, is kept as a text. Throws a SyntaxError. */
export function exactJson(text: string): Json {
  return parse(text, null, (digits) => {
    const value = Number(digits);
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? digits : value;
  }) as Json;
}

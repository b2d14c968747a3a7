import type { Json } from '../plan/json.ts';

const WIDTH = 120;

/** JSON as the project's formatter has it: lists of scalars in one line where they fit. */
export function printJson(value: Json): string {
  return `${print(value, '', 0)}\n`;
}

/** `taken`: columns before the value in its line; a comma may follow. */
function print(value: Json, indent: string, taken: number): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const line = `[${value.map((one) => JSON.stringify(one)).join(', ')}]`;
    const scalars = value.every((one) => one === null || typeof one !== 'object');
    if (value.length === 0 || (scalars && taken + line.length + 1 <= WIDTH)) return line;
    return `[\n${value.map((one) => inner + print(one, inner, inner.length)).join(',\n')}\n${indent}]`;
  }
  const entries = Object.entries(value).map(([key, one]) => {
    const name = `${inner}${JSON.stringify(key)}: `;
    return name + print(one, inner, name.length);
  });
  return entries.length === 0 ? '{}' : `{\n${entries.join(',\n')}\n${indent}}`;
}

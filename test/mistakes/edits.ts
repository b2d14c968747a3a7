/** Changes of a YAML file that break it in the ways of hands and editors. */
import fc from 'fast-check';

/** Values that stand in the place of a whole one. */
const VALUES = [
  'null',
  'true',
  '~',
  '-1',
  '0',
  '0x1F',
  '1e999',
  '-1e-999',
  '9'.repeat(400),
  '.nan',
  '-.inf',
  '012',
  '[]',
  '{}',
  '""',
  '[[[[]]]]',
  '{ a: { b: [1] } }',
  '9999999999 years',
  '-3 days',
  'P1Y',
  '0 days',
  '2026-02-30',
  '9999-12-31T23:59:59Z',
  '"24:00"',
  'Etc/GMT+99',
  '"${"',
  '"${event}"',
  '"${1/0}"',
  '"${steps.a.b.c}"',
  '"${contact[now]}"',
  '*none',
  '!!binary x',
  '!!js/function x',
  '&a [*a]',
  '__proto__',
  'constructor',
  'x'.repeat(10_000),
  '🦆',
  '"\\u0000"',
  '|',
  '>-',
  '? a',
  '<<: 1',
] as const;
/** Pieces that stand anywhere. */
const PIECES = [
  '\n',
  '  ',
  ': ',
  '- ',
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  '|',
  '>',
  '#',
  '&a ',
  '*a',
  '!!x ',
  '<<: ',
  '\t',
  '\0',
  '\r',
  '\u2028',
  '\uFEFF',
  '\uD800',
  '🦆',
  '${',
  '%YAML 9',
  '---',
  '...',
  '@',
  '`',
] as const;

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
/** A piece put anywhere, a value replaced, or a line moved, copied or indented otherwise. */
export const edit = fc.oneof(
  fc.record({ type: fc.constant('piece' as const), place, length: fc.nat(12), by: fc.constantFrom('', ...PIECES) }),
  fc.record({ type: fc.constant('value' as const), place, by: fc.constantFrom(...VALUES) }),
  fc.record({
    type: fc.constant('line' as const),
    place,
    to: place,
    copy: fc.boolean(),
    indent: fc.integer({ min: -4, max: 4 }),
  }),
);
export type Edit = typeof edit extends fc.Arbitrary<infer T> ? T : never;

/** The text with the edit made. */
export function apply(text: string, one: Edit): string {
  if (one.type === 'piece') {
    const start = Math.floor(one.place * text.length);
    return text.slice(0, start) + one.by + text.slice(start + one.length);
  }
  const lines = text.split('\n');
  const at = Math.floor(one.place * lines.length);
  const line = lines[at]!;
  if (one.type === 'value') {
    lines[at] = line.replace(/(: |- )[^:]*$/, (_, before: string) => before + one.by);
    return lines.join('\n');
  }
  const moved = one.indent < 0 ? line.replace(new RegExp(`^ {0,${-one.indent}}`), '') : ' '.repeat(one.indent) + line;
  if (!one.copy) lines.splice(at, 1);
  lines.splice(Math.floor(one.to * lines.length), 0, moved);
  return lines.join('\n');
}

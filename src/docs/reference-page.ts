/** `docs/reference.md`: the keys of flows, tests and `mapp.yaml`, and the reserved events. */
import { RESERVED_EVENTS, type ReservedEvent } from '../plan/reserved-events.ts';
import type { JsonSchema } from './json-schema.ts';
import { generatedFrom, page, table } from './markdown.ts';
import { editorSchemas } from './schemas.ts';

export function referencePage(): string {
  const schemas = editorSchemas();
  const flow = schemas['flow.schema.json']!;
  return page(
    generatedFrom('the schemas of the compiler and the table of reserved events'),
    '# Reference',
    'Steps have [pages of their own](steps/README.md), and so have [expressions](expressions.md).',
    '## A flow: `flows/*.yaml`',
    keyTable(flow),
    `Keys of an entry of \`exit_on\`, \`goal\` and \`wait_for\` are those of \`on\`, and their own.`,
    '## Reserved events',
    'Beside the events of `mapp.yaml`, flows may name these. Where there is a key with a value, it may stand instead of `event`: `group_joined: newsletter` is `{ event: group_joined, where: incoming.group == "newsletter" }`.',
    table(['event', 'as a key', 'fields', 'where'], Object.entries(RESERVED_EVENTS).map(eventRow)),
    '## Tests: `*.test.yaml` beside the flow',
    keyTable(schemas['test.schema.json']!),
    '## The catalogue: `mapp.yaml`',
    keyTable(schemas['mapp.schema.json']!),
  );
}

function eventRow([name, { fields, main, starts }]: [string, ReservedEvent]): string[] {
  const names = Object.keys(fields ?? {}).map((field) => `\`${field}\``);
  return [
    `\`${name}\``,
    main === null ? '' : `\`${name}: ${main}\``,
    fields === null ? 'what was passed' : names.join(', '),
    starts ? 'only in `on`' : '',
  ];
}

function keyTable(schema: JsonSchema): string {
  const entry = schema.properties?.on?.properties;
  return table(
    ['key', 'takes', ''],
    keyRows(schema, '', schema.required ?? []).filter(([key = '']) => !isTold(key.replaceAll('`', ''), entry)),
  );
}

/** A key of every event's entry: told at `on`. */
function isTold(path: string, entry: JsonSchema['properties']): boolean {
  const [, key] = /^(?:exit_on|goal)\.(\w+)$/.exec(path) ?? [];
  return key !== undefined && entry !== undefined && Object.hasOwn(entry, key);
}

/** Keys in maps of one's own stand behind their parent; entries of events and waits are told where they are needed. */
function keyRows(schema: JsonSchema, prefix: string, required: readonly string[]): string[][] {
  return Object.entries(schema.properties ?? {}).flatMap(([key, value]) => {
    const [doc, takes] = split(value);
    const path = `${prefix}${key}`;
    const row = [`\`${path}\``, takes ?? formOf(value), `${doc}${required.includes(key) ? ' Required.' : ''}`];
    return [row, ...inner(value, path)];
  });
}

function inner(value: JsonSchema, path: string): string[][] {
  const named = typeof value.additionalProperties === 'object' ? value.additionalProperties : undefined;
  if (named?.properties !== undefined) return keyRows(named, `${path}.NAME.`, named.required ?? []);
  if (value.properties !== undefined) return keyRows(value, `${path}.`, value.required ?? []);
  const { items } = value;
  return items?.properties === undefined ? [] : keyRows(items, `${path}[].`, items.required ?? []);
}

function formOf({ enum: values, type }: JsonSchema): string {
  if (values !== undefined) return [...new Set(values.map((one) => `\`${one}\``))].join(', ');
  if (type === undefined) return 'any value';
  if (type === 'boolean') return '`true`, `false`';
  return type === 'object' ? 'a map' : 'a text';
}

function split({ markdownDescription = '' }: JsonSchema): [doc: string, takes: string | undefined] {
  const at = markdownDescription.lastIndexOf('Takes ');
  if (at === -1) return [markdownDescription, undefined];
  return [markdownDescription.slice(0, at).trim(), markdownDescription.slice(at + 6).replace(/\.$/, '')];
}

/** Types as `mapp.yaml` writes them: `string`, `double?`, `[string]`, `{ sku: string, price: double? }`. */
import { unknownType } from '../diagnostics/codes-names.ts';
import { wrongType } from '../diagnostics/codes-shape.ts';
import type { Finding } from '../diagnostics/diagnostic.ts';
import type { Field, FieldType } from '../plan/event.ts';
import { textOf, type YamlNode } from '../source/node.ts';
import type { Span } from '../source/text.ts';
import { found } from './shape.ts';

export const TYPES = ['string', 'int', 'double', 'bool', 'date', 'timestamp', 'any'] as const;

type Report = (span: Span, finding: Finding) => void;

/** One field. `?` may stand behind the type, or behind the name where the type is a list or a map. */
export function fieldOf(key: string, node: YamlNode, report: Report): [string, Field] {
  const marked = key.endsWith('?');
  const { type, optional } = typed(node, report);
  return [marked ? key.slice(0, -1) : key, { type, optional: optional || marked }];
}

/** The fields of an event, or of a nested map. An event without any is written `{}` or left empty. */
export function fieldsOf(node: YamlNode, what: string, report: Report): { readonly [field: string]: Field } {
  if (node.type === 'map') return Object.fromEntries(node.entries.map(({ key, value }) => fieldOf(key, value, report)));
  if (node.type === 'broken' || (node.type === 'scalar' && node.value === null)) return {};
  report(node.span, wrongType(what, 'a map of fields and their types', found(node)));
  return {};
}

export function typed(node: YamlNode, report: Report): Field {
  if (node.type === 'map') return { type: { fields: fieldsOf(node, 'a type', report) }, optional: false };
  if (node.type === 'list') return { type: listType(node.items, node.span, report), optional: false };
  if (node.type === 'broken') return { type: 'any', optional: true };
  const text = textOf(node);
  const field = text === null ? null : typeOfText(text.trim());
  if (field === null)
    report(
      node.span,
      text === null ? wrongType('a type', 'a name such as "string"', 'nothing') : unknownType(text, TYPES),
    );
  return field ?? { type: 'any', optional: true };
}

function listType(items: readonly YamlNode[], span: Span, report: Report): FieldType {
  if (items.length !== 1)
    report(span, wrongType('the type of a list', 'one type in brackets such as [string]', `${items.length} types`));
  return { list: items[0] === undefined ? 'any' : typed(items[0], report).type };
}

/** `string?`, and `"[string]?"` in quotes, which YAML does not read without them. */
function typeOfText(text: string): Field | null {
  if (text.endsWith('?')) {
    const inner = typeOfText(text.slice(0, -1));
    return inner === null || inner.optional ? null : { ...inner, optional: true };
  }
  if (text.startsWith('[') && text.endsWith(']')) {
    const inner = typeOfText(text.slice(1, -1).trim());
    return inner === null ? null : { type: { list: inner.type }, optional: false };
  }
  const name = TYPES.find((one) => one === text);
  return name === undefined ? null : { type: name, optional: false };
}

/** Which event an entry of `on`, `exit_on` or `wait_for` is about: a bare name, `event: name`, or a reserved event's own key. */
import { unknownAttribute, unknownFlow, unknownGroup, unknownMessage } from '../diagnostics/codes-names.ts';
import { conflictingKeys } from '../diagnostics/codes-shape.ts';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import type { Expr } from '../plan/expression.ts';
import type { Project } from '../plan/project.ts';
import { reservedEvent } from '../plan/reserved-events.ts';
import { type Entry, entry, textOf, type YamlNode } from '../source/node.ts';
import type { Span } from '../source/text.ts';
import { insertsExpression } from '../steps/inserts.ts';

export interface NamedEvent {
  readonly name: string;
  /** where the name stands */
  readonly span: Span;
  /** the entry whose key is the event and whose value is its main field */
  readonly shorthand: Entry | null;
}

/** Null where no name can be read: that has its diagnostic. */
export function namedEvent(item: YamlNode): NamedEvent | null {
  const node = item.type === 'map' ? entry(item, 'event')?.value : item;
  const name = textOf(node);
  if (node !== undefined && name !== null) return { name, span: node.span, shorthand: null };
  if (item.type !== 'map' || node !== undefined) return null;
  const shorthand = shorthandsIn(item)[0];
  return shorthand === undefined ? null : { name: shorthand.key, span: shorthand.keySpan, shorthand };
}

/** Reports a second event in one entry. */
export function checkOneEvent(item: YamlNode, named: NamedEvent, reporter: Reporter): void {
  for (const other of shorthandsIn(item)) {
    if (other === named.shorthand) continue;
    const key = named.shorthand?.key ?? 'event';
    reporter.report(
      other.keySpan,
      conflictingKeys(other.key, key, 'an entry names one event; write a list for several'),
    );
  }
}

function shorthandsIn(item: YamlNode): Entry[] {
  if (item.type !== 'map') return [];
  return item.entries.filter(({ key }) => (reservedEvent(key)?.main ?? null) !== null);
}

/** What the value of the key asks of the event, beside `where`. `root`: the object that has its fields; `scalar` lowers a text with `${…}`. */
export function conditionOf(
  { key, value }: Entry,
  root: 'event' | 'incoming',
  project: Project,
  reporter: Reporter,
  scalar: (node: YamlNode) => Expr,
): { readonly condition: Expr; readonly from?: string } {
  const text = textOf(value);
  const main = reservedEvent(key)?.main ?? null;
  if (text === null || main === null) return { condition: null };
  if (key === 'schedule') return { condition: null };
  if (key !== 'from_flow' && key !== 'date' && insertsExpression(text))
    return { condition: ['==', ['get', root, main], scalar(value)] };
  if (key === 'from_flow') {
    if (text === 'any') return { condition: null };
    if (project.flows !== undefined && !project.flows.includes(text))
      reporter.report(value.span, unknownFlow(text, [...project.flows, 'any']));
    return { condition: null, from: text };
  }
  if (
    (key === 'attribute_changed' || key === 'date') &&
    project.attributes !== null &&
    !Object.hasOwn(project.attributes, text)
  )
    reporter.report(value.span, unknownAttribute(text, Object.keys(project.attributes)));
  if (main === 'group' && project.groups !== null && !Object.hasOwn(project.groups, text))
    reporter.report(value.span, unknownGroup(text, Object.keys(project.groups)));
  if (main === 'message' && project.messages !== null && !Object.hasOwn(project.messages, text))
    reporter.report(value.span, unknownMessage(text, null, Object.keys(project.messages)));
  return { condition: ['==', ['get', root, main], text] };
}

/** Both, where there are two. */
export function bothOf(a: Expr, b: Expr): Expr {
  if (a === null || b === null) return a ?? b;
  return ['and', a, b];
}

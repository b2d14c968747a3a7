/** Events somebody waits for, as `on`, `exit_on` and `wait_for` take them alike (LANGUAGE.md §3). */
import { unmatchedEvent } from '../diagnostics/codes-flow.ts';
import { unknownField } from '../diagnostics/codes-names.ts';
import { conflictingKeys } from '../diagnostics/codes-shape.ts';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import type { EventShapes } from '../plan/event.ts';
import type { Expr, Reads } from '../plan/expression.ts';
import type { Listener } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import { mergeReads, NO_READS, readsAnything } from '../plan/reads.ts';
import { child, entry, type MapNode, textOf, type YamlNode } from '../source/node.ts';
import type { Span } from '../source/text.ts';
import type { Setting } from '../steps/definition.ts';
import { insertsExpression } from '../steps/inserts.ts';
import { eventProblem } from './events.ts';
import { bareExpression, scalarValue } from './expression-node.ts';
import type { ExpressionEnv, Incoming } from './expressions/environment.ts';
import { eventFields, type Fields } from './expressions/types.ts';
import { bothOf, checkOneEvent, conditionOf, namedEvent } from './named-event.ts';
import { falseCondition, unsentMessage } from './never-comes.ts';
import { reservedCondition, type Send } from './reserved-keys.ts';

export interface ListenerPlace {
  /** the key they stand at */
  readonly key: 'on' | 'exit_on' | 'goal' | 'wait_for';
  readonly project: Project;
  readonly shapes: EventShapes;
  readonly reporter: Reporter;
  /** names of the starting events */
  readonly starting: readonly string[];
  /** the flow has a `key` */
  readonly keyed: boolean;
  env(incoming: Incoming): ExpressionEnv;
  /** the flow's messages */
  readonly sends: readonly Send[];
  /** `where` and `match` beside `wait_for`, for the one event it names */
  readonly beside?: ReadonlyMap<string, Setting>;
}

export interface LoweredListener {
  readonly on: Listener;
  /** the entry it is written as; null for a bare name */
  readonly entry: MapNode | null;
  readonly span: Span;
  /** a `reason` that holds an expression */
  readonly says?: Expr;
}

/** Names of events, unknown ones too; none at all where one of them cannot be read. */
export function eventNames(node: YamlNode | undefined): string[] {
  if (node === undefined) return [];
  const items = node.type === 'list' ? node.items : [node];
  const names = items.flatMap((item) => namedEvent(item)?.name ?? []);
  return names.length < items.length ? [] : names;
}

/** `node` has the form of `eventsSchema`. */
export function lowerListeners(node: YamlNode, place: ListenerPlace): LoweredListener[] {
  if (node.type === 'list') {
    reportBeside(place, 'the entries of the list', () => true);
    return node.items.flatMap((item) => lowerOne(item, { ...place, beside: new Map() }));
  }
  if (node.type === 'map')
    reportBeside(place, 'the entry, where it stands already', (key) => entry(node, key) !== undefined);
  return lowerOne(node, place);
}

/** `where` beside a list, or given twice. */
function reportBeside({ beside, reporter, key }: ListenerPlace, what: string, taken: (key: string) => boolean): void {
  for (const name of ['where', 'match']) {
    const setting = beside?.get(name);
    if (setting !== undefined && taken(name)) {
      reporter.report(setting.keySpan, conflictingKeys(name, key, `it belongs into ${what}`));
    }
  }
}

function lowerOne(node: YamlNode, place: ListenerPlace): LoweredListener[] {
  if (node.type === 'broken' || node.type === 'list') return [];
  const map = node.type === 'map' ? node : null;
  const named = namedEvent(node);
  if (named === null) return [];
  const { name: event, shorthand } = named;
  checkOneEvent(node, named, place.reporter);
  const problem = eventProblem(event, place.project, place.key);
  if (problem !== null) place.reporter.report(named.span, problem);
  const where = (map && child(map, 'where')) ?? place.beside?.get('where')?.node;
  const match = (map && child(map, 'match')) ?? place.beside?.get('match')?.node;
  const one =
    where !== undefined ||
    match !== undefined ||
    shorthand !== null ||
    (map !== null &&
      (child(map, 'step') !== undefined || map.misspelt?.some((key) => key === 'where' || key === 'match') === true));
  const unrelated = !one && problem === null;
  if (place.keyed && place.key !== 'on' && unrelated) {
    place.reporter.report(named.span, unmatchedEvent(event, place.key));
  }
  // An unknown event has one diagnostic: its fields are not judged.
  const fields = problem === null ? eventFields(place.shapes, [event]) : null;
  let reads = NO_READS;
  const path = place.key === 'on' ? ['event'] : ['incoming'];
  const tools = {
    // The event that starts the run is the one being looked at, not any of those that may start it.
    env: place.key === 'on' ? { ...place.env({ fields, path }), event: fields } : place.env({ fields, path }),
    reporter: place.reporter,
    onReads: (more: Reads) => {
      reads = mergeReads([reads, more]);
    },
  };
  const condition = where === undefined ? null : bareExpression(where, 'bool', tools).expr;
  const reason = map === null ? undefined : child(map, 'reason');
  const says = insertsExpression(textOf(reason) ?? '') ? scalarValue(reason!, tools).expr : null;
  const never = where === undefined ? null : falseCondition(condition, event);
  if (never !== null) place.reporter.report(where!.span, never);
  const unsent = place.key === 'on' ? null : unsentMessage(named, place.sends, place.project.messages);
  if (unsent !== null) place.reporter.report(unsent.span, unsent.finding);
  const root = place.key === 'on' ? 'event' : 'incoming';
  const meant =
    shorthand === null
      ? null
      : conditionOf(shorthand, root, place.project, place.reporter, (node) => scalarValue(node, tools).expr);
  const on: Listener = {
    event,
    where: bothOf(bothOf(meant?.condition ?? null, reservedCondition(map, event, place)), condition),
    match: match === undefined ? [] : lowerMatch(match, event, fields, place),
    ...(readsAnything(reads) && { reads }),
    ...(meant?.from !== undefined && { from: meant.from }),
  };
  return [{ on, entry: map, span: named.span, ...(says !== null && { says }) }];
}

/** A field to match must be one of this event and of every starting event. */
function lowerMatch(node: YamlNode, event: string, fields: Fields | null, place: ListenerPlace): string[] {
  if (place.key === 'on') {
    if (node.type !== 'broken') {
      place.reporter.report(
        node.span,
        conflictingKeys('match', 'on', 'there is no earlier event to compare the starting one with'),
      );
    }
    return [];
  }
  const starting = place.starting.length === 0 ? null : eventFields(place.shapes, place.starting);
  const name = place.starting.length === 1 ? place.starting[0]! : place.starting.join('" or "');
  const items = node.type === 'list' ? node.items : [node];
  return items.flatMap((item) => {
    const field = textOf(item);
    if (field === null) return [];
    if (fields !== null && !Object.hasOwn(fields, field)) {
      place.reporter.report(item.span, unknownField(field, event, Object.keys(fields)));
    } else if (starting !== null && !Object.hasOwn(starting, field)) {
      place.reporter.report(item.span, unknownField(field, name, Object.keys(starting)));
    }
    return [field];
  });
}

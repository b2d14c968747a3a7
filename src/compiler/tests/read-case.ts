/** One case of a test file, with every name and moment resolved. */
import { unknownAttribute, unknownField, unknownGroup } from '../../diagnostics/codes-names.ts';
import { conflictingKeys, keyWithout, missingKey, missingOneOf } from '../../diagnostics/codes-shape.ts';
import { unknownStep } from '../../diagnostics/codes-tests.ts';
import type { Finding } from '../../diagnostics/diagnostic.ts';
import { type Contact, type EventShapes, IDENTIFIER_KINDS } from '../../plan/event.ts';
import type { JsonObject } from '../../plan/json.ts';
import { isZone } from '../../plan/local-time.ts';
import type { Plan, StepKind } from '../../plan/plan.ts';
import type { Channel, Project } from '../../plan/project.ts';
import type { CaseAnswer, CaseContact, CaseEvent, CaseFailure, CaseInput, Happening } from '../../plan/test-case.ts';
import { child, entry, type MapNode, textOf, type YamlNode } from '../../source/node.ts';
import type { Span } from '../../source/text.ts';
import { timeZone } from '../../steps/time-zone.ts';
import { eventProblem } from '../events.ts';
import { jsonOf } from './json-value.ts';
import { Moments } from './moments.ts';
import { HAPPENINGS, RESOLUTIONS } from './schema.ts';

export interface CasePlace {
  readonly project: Project;
  readonly shapes: EventShapes;
  /** null where the flow is unknown or broken: then steps are not checked */
  readonly plan: Plan | null;
  report(span: Span, finding: Finding): void;
}

/** A contact of whom a case gives no address: nobody is known without one. */
const SOMEBODY: Contact = { email: 'somebody@example.com' };

/** `map` has the form of `caseSchema`. */
export function readCase(map: MapNode, place: CasePlace): CaseInput {
  const contact = contactOf(map, place);
  const zone = contact.timezone ?? attributeZone(contact, place.project) ?? place.project.timezone;
  const moments = new Moments(child(map, 'start'), zone, place.report);
  const history = maps(child(map, 'history')).map((item) => ({
    at: moments.before(child(item, 'before')),
    ...eventOf(item, place),
  }));
  return {
    contact: { ...contact, history },
    start: moments.start,
    happenings: maps(child(map, 'events')).flatMap((item) => happeningOf(item, moments, place)),
    failures: maps(childOf(child(map, 'mapp'), 'fail')).map((item) => failureOf(item, place)),
    webhooks: webhooksOf(child(map, 'webhooks'), place),
  };
}

function contactOf(map: MapNode, { project, report }: CasePlace): Omit<CaseContact, 'history'> {
  const node = child(map, 'contact');
  const zone = childOf(node, 'timezone');
  const attributes = childOf(node, 'attributes');
  for (const { key, keySpan } of attributes?.type === 'map' ? attributes.entries : []) {
    if (project.attributes === null || Object.hasOwn(project.attributes, key)) continue;
    report(keySpan, unknownAttribute(key, Object.keys(project.attributes)));
  }
  const identifiers: Contact = Object.fromEntries(
    IDENTIFIER_KINDS.flatMap((kind) => {
      const text = textOf(childOf(node, kind));
      return text === null ? [] : [[kind, text]];
    }),
  );
  return {
    identifiers: Object.keys(identifiers).length === 0 ? SOMEBODY : identifiers,
    timezone: zone === undefined ? null : timeZone(zone, report, 'zone'),
    attributes: objectOf(attributes),
    unsubscribed: channelsOf(childOf(node, 'unsubscribed')),
    blocked: channelsOf(childOf(node, 'blocked')),
    groups: items(child(map, 'groups')).flatMap((group) => groupOf(group, project, report)),
  };
}

function channelsOf(node: YamlNode | undefined): Channel[] {
  return items(node).flatMap((item) => (textOf(item) as Channel | null) ?? []);
}

function groupOf(node: YamlNode, project: Project, report: CasePlace['report']): string[] {
  const name = textOf(node);
  if (name === null) return [];
  if (project.groups === null) return [name];
  if (Object.hasOwn(project.groups, name)) return [project.groups[name]!];
  report(node.span, unknownGroup(name, Object.keys(project.groups)));
  return [];
}

function attributeZone({ attributes }: Omit<CaseContact, 'history'>, project: Project): string | null {
  const zone = project.timezone_attribute === null ? null : attributes[project.timezone_attribute];
  return typeof zone === 'string' && isZone(zone) ? zone : null;
}

/** Exactly one of `HAPPENINGS` says what an item is. */
function happeningOf(item: MapNode, moments: Moments, place: CasePlace): Happening[] {
  const at = moments.of(item);
  const kinds = HAPPENINGS.flatMap((key) => {
    const found = entry(item, key);
    return found === undefined ? [] : [{ kind: key, ...found }];
  });
  const [first, second] = kinds;
  if (first === undefined) {
    if (item.misspelt === undefined) place.report(item.span, missingOneOf(HAPPENINGS, 'an item of "events"'));
    return [];
  }
  if (second !== undefined) {
    place.report(second.keySpan, conflictingKeys(second.key, first.key, 'each item is one thing that happens'));
  }
  const { kind } = first;
  onlyWith(item, 'data', kind === 'event' ? null : '"event"', place);
  onlyWith(item, 'as', kind === 'resolve' ? null : '"resolve"', place);
  if (kind === 'event') return [{ type: kind, at, ...eventOf(item, place) }];
  if (kind === 'pause' || kind === 'resume') return [{ type: kind, at }];
  const step = stepOf(first.value, place, kind === 'resolve' ? undefined : 'hold');
  if (step === null) return [];
  if (kind !== 'resolve') return [{ type: 'decide', at, step, as: kind === 'approve' ? 'approved' : 'rejected' }];
  const as = RESOLUTIONS.find((one) => one === textOf(child(item, 'as')));
  if (child(item, 'as') === undefined && item.misspelt === undefined)
    place.report(item.span, missingKey('as', '"resolve"'));
  return as === undefined ? [] : [{ type: kind, at, step, as }];
}

/** `needed`: what the key means nothing without; null: it is there. */
function onlyWith(item: MapNode, key: string, needed: string | null, { report }: CasePlace): void {
  const found = entry(item, key);
  if (found !== undefined && needed !== null) report(found.keySpan, keyWithout(key, needed));
}

function eventOf(item: MapNode, { project, shapes, report }: CasePlace): Omit<CaseEvent, 'at'> {
  const node = child(item, 'event');
  const event = textOf(node) ?? '';
  const data = child(item, 'data');
  const problem = event === '' ? null : eventProblem(event, project, 'on');
  if (problem !== null) report(node!.span, problem);
  else if (data?.type === 'map' && Object.hasOwn(shapes, event)) {
    const known = Object.keys(shapes[event]!);
    for (const { key, keySpan } of data.entries) {
      // Producers may send more than is declared: no error, but no flow can see it.
      if (!known.includes(key)) report(keySpan, { ...unknownField(key, event, known), severity: 'warning' });
    }
  }
  return { event, data: objectOf(data) };
}

function failureOf(item: MapNode, place: CasePlace): CaseFailure {
  const times = jsonOf(child(item, 'times'));
  const step = child(item, 'step');
  return {
    step: (step && stepOf(step, place)) ?? '',
    with: (textOf(child(item, 'with')) ?? '400') as CaseFailure['with'],
    times: typeof times === 'number' ? times : 1,
  };
}

function webhooksOf(node: YamlNode | undefined, place: CasePlace): { readonly [step: string]: CaseAnswer } {
  const answers = (node?.type === 'map' ? node.entries : []).map(({ key, keySpan, value }): [string, CaseAnswer] => {
    checkStep(key, keySpan, place, 'webhook');
    const status = jsonOf(childOf(value, 'status'));
    return [key, { status: typeof status === 'number' ? status : 200, body: jsonOf(childOf(value, 'body')) }];
  });
  return Object.fromEntries(answers);
}

function stepOf(node: YamlNode, place: CasePlace, kind?: StepKind): string | null {
  const id = textOf(node);
  if (id !== null) checkStep(id, node.span, place, kind);
  return id;
}

function checkStep(id: string, span: Span, { plan, report }: CasePlace, kind?: StepKind): void {
  if (plan === null) return;
  const steps = Object.values(plan.steps).filter((step) => kind === undefined || step.kind === kind);
  const ids = steps.map((step) => step.id);
  if (!ids.includes(id)) report(span, unknownStep(id, ids, kind));
}

function items(node: YamlNode | undefined): readonly YamlNode[] {
  return node?.type === 'list' ? node.items : [];
}

function maps(node: YamlNode | undefined): MapNode[] {
  return items(node).flatMap((item) => (item.type === 'map' ? [item] : []));
}

function childOf(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return node?.type === 'map' ? child(node, key) : undefined;
}

function objectOf(node: YamlNode | undefined): JsonObject {
  return node?.type === 'map' ? (jsonOf(node) as JsonObject) : {};
}

/** `mapp.yaml` to a Project: pure, and never throws for an author's mistake. */
import { unknownApp, unknownAttribute } from '../diagnostics/codes-names.ts';
import { conflictingKeys, keyWithout, reservedField, wrongValue } from '../diagnostics/codes-shape.ts';
import { type Diagnostic, Reporter } from '../diagnostics/diagnostic.ts';
import { KEY_FIELD } from '../plan/delivery-key.ts';
import type { FieldType } from '../plan/event.ts';
import type { Channel, Message, Project } from '../plan/project.ts';
import { RESERVED_FIELDS } from '../plan/reserved-fields.ts';
import { child, entry, type MapNode, textOf, type YamlNode } from '../source/node.ts';
import type { SourceText, Span } from '../source/text.ts';
import { timeZone } from '../steps/time-zone.ts';
import { exactPeriod } from '../steps/wait-settings.ts';
import { catalogueSchema } from './catalogue-schema.ts';
import { exportsOf, withAddresses } from './exports.ts';
import { fieldsOf, typed } from './field-types.ts';
import { lowerLimits } from './limits.ts';
import { readRoot } from './read-root.ts';
import { sourceOf } from './sources.ts';

export interface CompileProjectResult {
  /** absent where a diagnostic is an error */
  readonly project?: Project;
  readonly diagnostics: Diagnostic[];
}

/** Compiles `mapp.yaml`. The project's zone is UTC where none is given. */
export function compileProject(source: SourceText): CompileProjectResult {
  const reporter = new Reporter(source);
  const root = readRoot(reporter, catalogueSchema, 'catalogue');
  if (root === null) return { diagnostics: reporter.diagnostics() };
  const project = readProject(root, reporter);
  const diagnostics = reporter.diagnostics();
  return reporter.failed ? { diagnostics } : { project, diagnostics };
}

function readProject(root: MapNode, reporter: Reporter): Project {
  const report = reporter.report.bind(reporter);
  const zone = child(root, 'timezone');
  const apps = namesOf(child(root, 'apps'), (node) => textOf(node) ?? '');
  const attributes = namesOf(child(root, 'attributes'), (node): FieldType => typed(node, report).type);
  const groups = namesOf(child(root, 'groups'), (node) => textOf(node) ?? '');
  const sources =
    namesOf(child(root, 'sources'), (node, name, keySpan) =>
      sourceOf(node, name, keySpan, { attributes, groups }, reporter),
    ) ?? {};
  const { exports } = exportsOf(child(root, 'exports'), { sources, groups }, reporter);
  return {
    project: textOf(child(root, 'project')) ?? '',
    timezone: zone === undefined ? 'UTC' : timeZone(zone, report, 'zone'),
    timezone_attribute: timezoneAttribute(root, attributes, reporter),
    messages: namesOf(child(root, 'messages'), (node) => messageOf(node, apps, reporter)),
    groups,
    apps,
    attributes,
    events: namesOf(child(root, 'events'), (node, name) => fieldsOf(node, `event "${name}"`, report)),
    ...lowerLimits(root, 'project', reporter),
    ...mappOf(root, reporter),
    sources: withAddresses(sources, exports),
    ...(exports !== undefined && { exports }),
  };
}

/** Null where `mapp.yaml` does not list that kind of thing at all: then it is not checked. */
function namesOf<T>(
  node: YamlNode | undefined,
  read: (node: YamlNode, name: string, keySpan: Span) => T,
): { readonly [name: string]: T } | null {
  if (node === undefined) return null;
  const entries = node.type === 'map' ? node.entries : [];
  return Object.fromEntries(entries.map(({ key, keySpan, value }) => [key, read(value, key, keySpan)]));
}

function timezoneAttribute(root: MapNode, attributes: Project['attributes'], reporter: Reporter): string | null {
  const node = child(root, 'timezone_attribute');
  const name = textOf(node);
  if (node !== undefined && name !== null && attributes !== null && !Object.hasOwn(attributes, name)) {
    reporter.report(node.span, unknownAttribute(name, Object.keys(attributes)));
  }
  return name;
}

function messageOf(node: YamlNode, apps: Project['apps'], reporter: Reporter): Message {
  if (node.type !== 'map') return { channel: 'email', id: '', parameters: null };
  const parameters = child(node, 'parameters');
  const app = entry(node, 'app');
  const appName = textOf(app?.value);
  const channel = (textOf(child(node, 'channel')) ?? 'email') as Channel;
  const via = entry(node, 'via');
  const viaName = textOf(via?.value);
  if (app !== undefined && channel !== 'push') reporter.report(app.keySpan, keyWithout('app', '"channel: push"'));
  const web = entry(node, 'web');
  const isWeb = textOf(web?.value) === 'true';
  if (web !== undefined && channel !== 'push') reporter.report(web.keySpan, keyWithout('web', '"channel: push"'));
  if (app !== undefined && isWeb)
    reporter.report(app.keySpan, conflictingKeys('app', 'web: true', 'browsers have no app'));
  if (via !== undefined && viaName === 'engage' && channel === 'push')
    reporter.report(via.keySpan, keyWithout('via: engage', '"channel: email" or "channel: sms"'));
  if (app !== undefined && appName !== null && apps !== null && !Object.hasOwn(apps, appName)) {
    reporter.report(app.value.span, unknownApp(appName, Object.keys(apps)));
  }
  return {
    channel,
    id: textOf(child(node, 'id')) ?? '',
    parameters: parameters?.type === 'list' ? parameters.items.flatMap(parameterOf) : null,
    ...(appName !== null && { app: appName }),
    ...(isWeb && { web: true }),
    ...(viaName !== null && { via: viaName === 'engage' ? 'engage' : 'connect' }),
  };
}

/** What differs from Mapp's defaults; nothing where nothing does. */
function mappOf(root: MapNode, reporter: Reporter): Pick<Project, 'mapp'> {
  const node = child(root, 'mapp');
  if (node?.type !== 'map') return {};
  const subtypes = namesOf(child(node, 'subtypes'), (spelling) => textOf(spelling) ?? '');
  const key = child(node, 'key_field');
  const field = textOf(key);
  if (key !== undefined && field !== null) {
    const owner = usedBy(field, root);
    if (field !== KEY_FIELD && RESERVED_FIELDS.has(field)) reporter.report(key.span, reservedField(field));
    else if (owner !== null) {
      reporter.report(key.span, wrongValue('"key_field"', `another name than that of ${owner}`, field));
    }
  }
  const age = child(node, 'max_age');
  const mapp = {
    ...(subtypes !== null && { subtypes }),
    ...(field !== null && { key_field: field }),
    ...(age !== undefined && {
      max_age: exactPeriod(age, '"max_age"', { report: reporter.report.bind(reporter) }),
    }),
  };
  return Object.keys(mapp).length === 0 ? {} : { mapp };
}

/** What else of the catalogue goes by this name in the events of messages. */
function usedBy(field: string, root: MapNode): string | null {
  const attributes = child(root, 'attributes');
  if (attributes?.type === 'map' && entry(attributes, field) !== undefined) return 'an attribute of the catalogue';
  const messages = child(root, 'messages');
  const owner = (messages?.type === 'map' ? messages.entries : []).find(({ value }) => {
    const parameters = value.type === 'map' ? child(value, 'parameters') : undefined;
    return parameters?.type === 'list' && parameters.items.flatMap(parameterOf).some(({ name }) => name === field);
  });
  return owner === undefined ? null : `a parameter of message "${owner.key}"`;
}

function parameterOf(node: YamlNode): { name: string; optional: boolean }[] {
  const text = textOf(node);
  if (text === null) return [];
  return [{ name: text.replace(/\?$/, ''), optional: text.endsWith('?') }];
}

/** `write_through` of a source: what its events write to Mapp. */
import { unknownAttribute, unknownGroup } from '../diagnostics/codes-names.ts';
import { conflictingKeys, keyWithout } from '../diagnostics/codes-shape.ts';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import type { Named } from '../plan/plan.ts';
import type { Project, SourceType } from '../plan/project.ts';
import type { WriteThrough } from '../plan/sync.ts';
import { child, type Entry, entry, textOf, type YamlNode } from '../source/node.ts';

type Known = Pick<Project, 'attributes' | 'groups'>;

/** What feeds back from Mapp has nothing to tell Mapp. */
const SILENT: readonly SourceType[] = ['mapp_feedback'];

export function writeThroughOf(
  { value, keySpan }: Entry,
  type: SourceType,
  known: Known,
  reporter: Reporter,
): WriteThrough | null {
  if (SILENT.includes(type)) {
    reporter.report(keySpan, keyWithout('write_through', 'a source that tells of contacts: Mapp itself knows already'));
  }
  if (value.type !== 'map') return null;
  const audiences = groupsOf(child(value, 'audiences'), known, reporter);
  const consent = entry(value, 'consent');
  const agreed = groupsOf(consent?.value, known, reporter);
  const both = Object.values(agreed).find(({ id }) => Object.values(audiences).some((other) => other.id === id));
  if (both !== undefined) {
    reporter.report(
      consent!.keySpan,
      conflictingKeys('consent', 'audiences', `both say who is in group "${both.name}"`),
    );
  }
  return { attributes: attributesOf(child(value, 'attributes'), known, reporter), audiences, consent: agreed };
}

function attributesOf(node: YamlNode | undefined, known: Known, reporter: Reporter): WriteThrough['attributes'] {
  if (node === undefined || node.type === 'broken') return {};
  if (node.type === 'scalar') return known.attributes === null ? 'all' : sameNames(Object.keys(known.attributes));
  const pairs: (readonly [string, YamlNode])[] =
    node.type === 'list'
      ? node.items.map((item) => [textOf(item) ?? '', item])
      : node.entries.map(({ key, value }) => [key, value]);
  for (const [, at] of pairs) {
    const name = textOf(at);
    if (name !== null && known.attributes !== null && !Object.hasOwn(known.attributes, name)) {
      reporter.report(at.span, unknownAttribute(name, Object.keys(known.attributes)));
    }
  }
  return Object.fromEntries(pairs.map(([from, at]) => [from, textOf(at) ?? '']));
}

function sameNames(names: readonly string[]): { readonly [name: string]: string } {
  return Object.fromEntries(names.map((name) => [name, name]));
}

function groupsOf(node: YamlNode | undefined, known: Known, reporter: Reporter): { readonly [key: string]: Named } {
  if (node?.type !== 'map') return {};
  return Object.fromEntries(node.entries.map(({ key, value }) => [key, groupNamed(value, known.groups, reporter)]));
}

/** A group of the catalogue by its name; where the catalogue lists none, or the text is all digits, an id. */
export function groupNamed(node: YamlNode, groups: Project['groups'], reporter: Reporter): Named {
  const text = textOf(node) ?? '';
  if (groups !== null && Object.hasOwn(groups, text)) return { name: text, id: groups[text]! };
  const name = Object.entries(groups ?? {}).find(([, id]) => id === text)?.[0];
  if (groups !== null && node.type !== 'broken' && !/^\d+$/.test(text)) {
    reporter.report(node.span, unknownGroup(text, Object.keys(groups)));
  }
  return { name: name ?? text, id: text };
}

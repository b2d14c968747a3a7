/** What a recipe names and a project's catalogue lacks. */
import type { Project } from '../plan/project.ts';
import { readDocument } from '../source/document.ts';
import { child, type Entry, entry, type MapNode } from '../source/node.ts';
import type { SourceText } from '../source/text.ts';

/** In the order in which a catalogue has them. */
const SECTIONS = ['messages', 'groups', 'apps', 'attributes', 'events'] as const;
type Section = (typeof SECTIONS)[number];

/** Without Mapp's id behind it a name is no use; of other things a catalogue that lists none checks none. */
const WITH_IDS: readonly Section[] = ['messages', 'groups', 'apps'];

/** Names by section; sections of which nothing is missing are left out. */
export type MissingEntries = { readonly [S in Section]?: readonly string[] } & { readonly timezone_attribute?: string };

export function missingEntries(recipe: Project, project: Project): MissingEntries {
  const sections = SECTIONS.flatMap((section) => {
    const there = project[section] ?? (WITH_IDS.includes(section) ? {} : null);
    const names = Object.keys(recipe[section] ?? {}).filter((name) => there !== null && !Object.hasOwn(there, name));
    return names.length === 0 ? [] : [[section, names] as const];
  });
  const zone = project.timezone_attribute === null ? recipe.timezone_attribute : null;
  return { ...(zone !== null && { timezone_attribute: zone }), ...Object.fromEntries(sections) };
}

/** The project as it will be once the missing entries were added. */
export function withEntries(project: Project, recipe: Project, missing: MissingEntries): Project {
  const sections = SECTIONS.flatMap((section) => {
    if (missing[section] === undefined) return [];
    return [[section, { ...recipe[section], ...project[section] }] as const];
  });
  return {
    ...project,
    ...Object.fromEntries(sections),
    timezone_attribute: missing.timezone_attribute ?? project.timezone_attribute,
  };
}

/** The lines to add, as the recipe's own catalogue writes them, each entry below the key of its section. */
export function linesToAdd(catalogue: SourceText, missing: MissingEntries): string {
  const { root } = readDocument(catalogue);
  if (root?.type !== 'map') return '';
  const whole = ({ keySpan, value }: Entry) => {
    const first = catalogue.position(keySpan.start).line;
    const last = catalogue.position(Math.max(keySpan.end, value.span.end - 1)).line;
    return Array.from({ length: last - first + 1 }, (_, at) => catalogue.line(first + at));
  };
  const zone = missing.timezone_attribute === undefined ? undefined : entry(root, 'timezone_attribute');
  const sections = SECTIONS.flatMap((section) => {
    const names = missing[section] ?? [];
    const map = child(root, section) as MapNode | undefined;
    const entries = map?.entries.filter(({ key }) => names.includes(key)) ?? [];
    return entries.length === 0 ? [] : [`${section}:`, ...entries.flatMap(whole)];
  });
  return [...(zone === undefined ? [] : whole(zone)), ...sections].map((line) => `${line}\n`).join('');
}

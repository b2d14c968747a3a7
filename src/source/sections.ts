/** Entries of a map at the top of a YAML file, added and remarked on without touching anything else that is written. */
import { isMap, isScalar, type Pair, parseDocument, stringify, type YAMLMap } from 'yaml';

/** One line to be. */
export interface NewEntry {
  readonly name: string;
  /** as YAML, on one line */
  readonly value: string;
  /** behind it; none in a map in braces, where a comment would end the line */
  readonly comment: string;
}

/** A longer line of a map in braces is broken up, an entry a line. */
const LONGEST_LINE = 100;
const INDENT = '  ';

/** A scalar as YAML on one line, quoted where it would be read as something else. */
export function scalarText(value: string, quoted = false): string {
  return quoted ? JSON.stringify(value) : stringify(value, { lineWidth: 0 }).trimEnd();
}

/**
 * The text with the entries behind those of the section, in the order given; a section that is missing comes last.
 * Throws where the section is there and no map, or the text is no YAML.
 */
export function addEntries(text: string, section: string, entries: readonly NewEntry[]): string {
  if (entries.length === 0) return text;
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const pair = findSection(text, section);
  if (pair === null) return addSection(text, section, entries, eol);
  const map = pair.value;
  if (isMap(map)) return map.flow ? intoBraces(text, map, entries, eol) : intoBlock(text, map, entries, eol);
  if (map !== null && !(isScalar(map) && map.value === null)) throw new Error(`"${section}" is no map`);
  const key = (pair.key as { range: [number, number, number] }).range;
  return insertLines(text, key[1], INDENT, entries, eol);
}

/** What stands behind each entry on its line, without `#`; entries without a comment, or of several lines, are left out. */
export function commentsOf(text: string, section: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const [name, { start, end }] of commentSpans(text, section)) {
    found.set(name, text.slice(start, end).replace(/^#/, '').trim());
  }
  return found;
}

/** The text with other comments behind entries that have one. */
export function replaceComments(text: string, section: string, comments: ReadonlyMap<string, string>): string {
  const spans = [...commentSpans(text, section)].filter(([name]) => comments.has(name));
  return spans
    .sort(([, a], [, b]) => b.start - a.start)
    .reduce(
      (result, [name, { start, end }]) => `${result.slice(0, start)}# ${comments.get(name)}${result.slice(end)}`,
      text,
    );
}

function commentSpans(text: string, section: string): Map<string, { start: number; end: number }> {
  const spans = new Map<string, { start: number; end: number }>();
  const map = findSection(text, section)?.value;
  if (!isMap(map) || map.flow) return spans;
  for (const { key, value } of map.items) {
    const [keyStart] = rangeOf(key);
    const [, valueEnd] = rangeOf(value ?? key);
    const behind = /^[ \t]+(#[^\r\n]*)/.exec(text.slice(valueEnd));
    if (behind === null || text.slice(keyStart, valueEnd).includes('\n')) continue;
    const end = valueEnd + behind[0].length;
    spans.set(String(isScalar(key) ? key.value : key), { start: end - behind[1]!.length, end });
  }
  return spans;
}

function findSection(text: string, section: string): Pair | null {
  const { contents, errors } = parseDocument(text);
  if (errors[0] !== undefined) throw errors[0];
  if (contents === null) return null;
  if (!isMap(contents)) throw new Error('the file is no map');
  return contents.items.find(({ key }) => isScalar(key) && key.value === section) ?? null;
}

function intoBlock(text: string, map: YAMLMap, entries: readonly NewEntry[], eol: string): string {
  const [first] = rangeOf(map.items[0]!.key);
  const { key, value } = map.items.at(-1)!;
  const [, end] = rangeOf(value ?? key);
  const indent = text.slice(text.lastIndexOf('\n', first - 1) + 1, first);
  return insertLines(text, end, indent, entries, eol);
}

/** Behind the line in which `at` lies. */
function insertLines(text: string, at: number, indent: string, entries: readonly NewEntry[], eol: string): string {
  const next = text.indexOf('\n', Math.max(0, at - 1));
  const before = next === -1 ? text + eol : text.slice(0, next + 1);
  return before + lines(indent, entries, eol) + (next === -1 ? '' : text.slice(next + 1));
}

function intoBraces(text: string, map: YAMLMap, entries: readonly NewEntry[], eol: string): string {
  const [start, end] = rangeOf(map);
  const own = map.items.map(({ key, value }) => text.slice(rangeOf(key)[0], rangeOf(value ?? key)[1]));
  const inner = text.slice(start, end);
  const line = `{ ${[...own, ...entries.map(({ name, value }) => `${scalarText(name)}: ${value}`)].join(', ')} }`;
  const column = start - (text.lastIndexOf('\n', start - 1) + 1);
  if (!inner.includes('\n') && column + line.length <= LONGEST_LINE) {
    return text.slice(0, start) + line + text.slice(end);
  }
  if (inner.includes('#')) return behindLast(text, map, entries, eol);
  const head = text.slice(0, start).trimEnd();
  const rest = text.slice(end);
  const comment = /^[ \t]*(#[^\r\n]*)?/.exec(rest)![0];
  const block = own.map((entry) => `${INDENT}${entry.replace(/\s*\r?\n\s*/g, ' ')}${eol}`).join('');
  const after = rest.slice(comment.length).replace(/^\r?\n/, '');
  return head + comment.trimEnd() + eol + block + lines(INDENT, entries, eol) + after;
}

/** In braces over several lines with comments, which stay as they are. */
function behindLast(text: string, map: YAMLMap, entries: readonly NewEntry[], eol: string): string {
  const { key, value } = map.items.at(-1)!;
  const [first] = rangeOf(key);
  const [, end] = rangeOf(value ?? key);
  const indent = /^[ \t]*/.exec(text.slice(text.lastIndexOf('\n', first - 1) + 1))![0];
  const added = entries.map((entry) => `,${eol}${indent}${scalarText(entry.name)}: ${entry.value}`).join('');
  return text.slice(0, end) + added + text.slice(end);
}

function addSection(text: string, section: string, entries: readonly NewEntry[], eol: string): string {
  const before = text === '' || text.endsWith('\n') ? text : text + eol;
  return `${before}${eol}${section}:${eol}${lines(INDENT, entries, eol)}`;
}

function lines(indent: string, entries: readonly NewEntry[], eol: string): string {
  return entries
    .map(({ name, value, comment }) => `${indent}${scalarText(name)}: ${value} # ${comment.replace(/\s+/g, ' ')}${eol}`)
    .join('');
}

function rangeOf(node: unknown): readonly [start: number, end: number] {
  const { range } = node as { readonly range: readonly [number, number, number] };
  return [range[0], range[1]];
}

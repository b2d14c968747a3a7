/** Writes expectations into a test file: everything else in it, comments and layout, stays as it is. */
import type { Plan } from '../../plan/plan.ts';
import type { Project } from '../../plan/project.ts';
import { SourceText } from '../../source/text.ts';
import { type ExpectPlace, readTests, type TestCase } from './read-tests.ts';

/** What a case is to expect from now on; null: it stays as it is. */
export type NewLines = readonly string[] | null;

/**
 * The text with new expectations for some of its cases; `lines` in the order of `cases`. Null where the file is written in a
 * way in which that cannot be done without harm (a case that comes from an alias): then it has to be done by hand.
 */
export function updateExpect(
  source: SourceText,
  cases: readonly TestCase[],
  lines: readonly NewLines[],
  project: Project,
  plan: Plan,
): string | null {
  const edits = cases.flatMap(({ place }, at) => (lines[at] == null ? [] : [edit(source, place, lines[at])]));
  let text = source.text;
  for (const { start, end, insert } of edits.sort((a, b) => b.start - a.start)) {
    text = text.slice(0, start) + insert + text.slice(end);
  }
  const { tests } = readTests(new SourceText(source.path, text), project, [plan], [plan.flow]);
  const asMeant = cases.every(({ name, expect }, at) => {
    const now = tests?.cases[at];
    const wanted = lines[at] == null ? expect : lines[at].join('\n');
    return now?.name === name && (now.expect === wanted || now.expect?.trimEnd() === wanted);
  });
  return asMeant && tests?.cases.length === cases.length ? text : null;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly insert: string;
}

function edit(source: SourceText, { map, value }: ExpectPlace, lines: readonly string[]): Edit {
  const { text } = source;
  const first = map.entries[0]?.keySpan ?? map.span;
  const column = source.position(first.start).column - 1;
  const inBraces = text[map.span.start] === '{';
  const style: Style = inBraces ? 'quoted' : { column };
  if (value !== null) {
    const end = value.start + text.slice(value.start, value.end).trimEnd().length;
    return { start: value.start, end, insert: written(lines, style, commentOf(text, value.start)) };
  }
  if (inBraces) {
    const at = text.lastIndexOf('}', map.span.end - 1);
    const content = text.slice(0, at).trimEnd();
    const comma = content.endsWith('{') || content.endsWith(',') ? ' ' : ', ';
    return { start: content.length, end: at, insert: `${comma}expect: ${written(lines, style)} ` };
  }
  const at = endOfLine(text, map.span.end);
  return { start: at, end: at, insert: `\n${' '.repeat(column)}expect: ${written(lines, style)}` };
}

type Style = 'quoted' | { readonly column: number };

/** As a block below its key; in quotes where the case is written in braces, or where there is nothing to expect. */
function written(lines: readonly string[], style: Style, comment = ''): string {
  if (style === 'quoted' || lines.length === 0) return JSON.stringify(lines.join('\n')) + comment;
  const indent = ' '.repeat(style.column + 2);
  return [`|${comment}`, ...lines.map((line) => indent + line)].join('\n');
}

/** The comment behind the `|` of a block. */
function commentOf(text: string, start: number): string {
  return /^[|>][-+\d]*([ \t]+#[^\r\n]*)/.exec(text.slice(start, start + 1000))?.[1] ?? '';
}

/** The end of the line in which the text before `offset` ends, a comment there included. */
function endOfLine(text: string, offset: number): number {
  const written = text.slice(0, offset).trimEnd().length;
  const end = text.indexOf('\n', written);
  const stop = end === -1 ? text.length : end;
  return text[stop - 1] === '\r' ? stop - 1 : stop;
}

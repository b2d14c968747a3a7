/** YAML 1.2 to a tree of values with their places. Never throws: whatever is wrong with the text becomes a problem. */
import { type Document, LineCounter, parseDocument } from 'yaml';
import { convert, TooDeep } from './convert.ts';
import type { YamlNode } from './node.ts';
import type { YamlProblem } from './problem.ts';
import type { SourceText, Span } from './text.ts';
import { unquoted, valueFrom, valueToQuote } from './unquoted.ts';

export interface YamlDocument {
  /** null: the file is empty, or cannot be read as YAML at all */
  readonly root: YamlNode | null;
  readonly problems: readonly YamlProblem[];
}

const DEPTH_LIMIT = 60;
const REPAIR_LIMIT = 50;

/**
 * Reads a document. A value that only lacks quotes is reported, replaced by a placeholder of the same length, and the
 * rest is read on, so that one missing quote does not hide the other mistakes of the file.
 */
export function readDocument(source: SourceText): YamlDocument {
  const problems: YamlProblem[] = [];
  const broken = new Set<number>();
  let text = source.text;
  for (let attempt = 0; ; attempt += 1) {
    const document = parse(text);
    if (document === null) return { root: null, problems: [...problems, tooDeep(text)] };
    const repair = attempt < REPAIR_LIMIT ? firstUnquoted(document, text) : null;
    if (repair === null) return finish(document, source, problems, broken);
    problems.push(unquoted(source.text, repair));
    broken.add(repair.start);
    text = text.slice(0, repair.start) + '0'.padEnd(repair.end - repair.start) + text.slice(repair.end);
  }
}

function parse(text: string): Document.Parsed | null {
  try {
    return parseDocument(text, {
      keepSourceTokens: true,
      lineCounter: new LineCounter(),
      prettyErrors: false,
      // Duplicates are found while converting, where `1` and `"1"` are the same key and the first one's place is known.
      uniqueKeys: false,
      merge: true,
      resolveKnownTags: false,
      logLevel: 'error',
    });
  } catch (error) {
    // The parser recurses: only a text nested thousands of levels deep overflows the stack.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function tooDeep(text: string): YamlProblem {
  return { type: 'too-deep', span: { start: 0, end: Math.min(1, text.length) }, limit: DEPTH_LIMIT };
}

/** The first value whose quoting cures a complaint of the parser. */
function firstUnquoted(document: Document.Parsed, text: string): Span | null {
  const tag = document.warnings.find((one) => one.code === 'TAG_RESOLVE_FAILED');
  const error = document.errors[0];
  if (error !== undefined && (tag === undefined || error.pos[0] < tag.pos[0])) {
    return valueToQuote(text, error.pos[0], error.code, error.message);
  }
  if (tag === undefined) return null;
  const before = text.slice(text.lastIndexOf('\n', tag.pos[0] - 1) + 1, tag.pos[0]);
  return valueFrom(text, tag.pos[0], /[{[]/.test(before));
}

function finish(
  document: Document.Parsed,
  source: SourceText,
  problems: YamlProblem[],
  broken: ReadonlySet<number>,
): YamlDocument {
  const directive = unsupportedDirective(document, source.text);
  if (directive !== null) return { root: null, problems: [...problems, directive] };
  // Whatever follows the first syntax error is mostly its consequence.
  const error = document.errors[0];
  if (error !== undefined) {
    if (error.message.startsWith('Maximum call stack'))
      return { root: null, problems: [...problems, tooDeep(source.text)] };
    const span = { start: error.pos[0], end: Math.max(error.pos[1], error.pos[0] + 1) };
    if (error.code === 'TAB_AS_INDENT') problems.push({ type: 'tab', span });
    else if (error.code === 'MULTIPLE_DOCS') problems.push({ type: 'several-documents', span });
    else problems.push({ type: 'syntax', span, says: error.message });
    return { root: null, problems };
  }
  try {
    const root = convert(document, source.text, { problems, broken, depth: DEPTH_LIMIT });
    return { root, problems };
  } catch (stop) {
    if (stop instanceof RangeError) return { root: null, problems: [...problems, tooDeep(source.text)] };
    if (!(stop instanceof TooDeep)) throw stop;
    return { root: null, problems: [...problems, stop.problem] };
  }
}

function unsupportedDirective(document: Document.Parsed, text: string): YamlProblem | null {
  const unknown = document.warnings.find((one) => one.code === 'BAD_DIRECTIVE');
  const { yaml } = document.directives;
  if (unknown === undefined && (yaml.explicit !== true || yaml.version === '1.2')) return null;
  const match = unknown === undefined ? /^%YAML.*$/m.exec(text) : null;
  const start = unknown === undefined ? (match?.index ?? 0) : unknown.pos[0];
  const { end } = valueFrom(text, start, false);
  return { type: 'directive', span: { start, end }, text: text.slice(start, end) };
}

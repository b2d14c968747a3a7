/**
 * Values that YAML reads otherwise than their author meant (LANGUAGE.md §4): finds the whole value around a place, and
 * writes the line as it should stand.
 */
import type { YamlProblem } from './problem.ts';
import type { Span } from './text.ts';

/** The value that begins at `start`: to the end of its line, or inside `{ }` and `[ ]` to the comma or bracket that ends it. */
export function valueFrom(text: string, start: number, inFlow: boolean): Span {
  const newline = text.indexOf('\n', start);
  const lineEnd = newline === -1 ? text.length : newline;
  let end = inFlow ? endInFlow(text, start, lineEnd) : lineEnd;
  // A comment behind is not part of the value, unless its `#` stands inside quotes or braces.
  const comment = text.slice(start, end).search(/\s#[^"'}]*$/);
  if (comment !== -1) end = start + comment;
  while (end > start && ' \t\r'.includes(text[end - 1]!)) end -= 1;
  return { start, end };
}

/** The bracket that closes the one at `open`, or -1; quotes count only where they can begin a text. */
export function closing(text: string, open: number, limit: number): number {
  let depth = 0;
  for (let at = open; at < limit; at += 1) {
    const char = text[at]!;
    if (char === '"' || char === "'") at = closingQuote(text, at, limit);
    else if ('([{'.includes(char)) depth += 1;
    else if (')]}'.includes(char)) {
      depth -= 1;
      if (depth === 0) return at;
    }
  }
  return -1;
}

export function closingQuote(text: string, open: number, limit: number): number {
  const end = text.indexOf(text[open]!, open + 1);
  return end === -1 || end >= limit ? limit : end;
}

function endInFlow(text: string, start: number, limit: number): number {
  for (let at = start; at < limit; at += 1) {
    const char = text[at]!;
    if (char === '"' || char === "'") at = closingQuote(text, at, limit);
    else if ('([{'.includes(char)) {
      const close = closing(text, at, limit);
      if (close === -1) return limit;
      at = close;
    } else if (char === ',' || char === '}' || char === ']') return at;
  }
  return limit;
}

/** Complaints that a missing quote can cause. */
const CURABLE = ['UNEXPECTED_TOKEN', 'BLOCK_AS_IMPLICIT_KEY', 'BAD_SCALAR_START'];

/**
 * The value that a parser's complaint at `offset` is about, if quoting it would cure the complaint; else null.
 * `code` and `says` are the parser's.
 */
export function valueToQuote(text: string, offset: number, code: string, says: string): Span | null {
  if (!CURABLE.includes(code) && !says.startsWith('Missing , or :')) return null;
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const newline = text.indexOf('\n', offset);
  const limit = newline === -1 ? text.length : newline;
  const prefix = /^\s*(?:- +)*(?:[^\s:#"'{}[\],][^:#"'{}[\],]*:[ \t]+)?/.exec(text.slice(lineStart, limit))!;
  const start = lineStart + prefix[0].length;
  if (prefix[0].trim() === '' || offset < start) return null;
  const first = text[start]!;
  if (first === '{' || first === '[') {
    const close = closing(text, start, limit);
    if (close === -1 || offset <= close) return valueInFlow(text, start, offset, limit);
    return first === '[' ? valueFrom(text, start, false) : null;
  }
  if (first === '"' || first === "'") {
    // A letter right behind the closing quote is an apostrophe, not an expression.
    const behind = text[closingQuote(text, start, limit) + 1];
    return behind !== undefined && /[\s.=!<>+\-*/?]/.test(behind) ? valueFrom(text, start, false) : null;
  }
  if (text.startsWith('- ', start)) return null;
  const value = valueFrom(text, start, false);
  if (code === 'BLOCK_AS_IMPLICIT_KEY' && !/:(\s|$)/.test(text.slice(value.start, value.end))) return null;
  return value;
}

/** The item of the list or map opened at `open` that holds `offset`, without its key; looks into nested ones. */
function valueInFlow(text: string, open: number, offset: number, limit: number): Span | null {
  for (let at = open + 1; at <= offset; ) {
    const end = endInFlow(text, at, limit);
    if (offset <= end) {
      const key = /^\s*(?:[^\s:"'{}[\],][^:"'{}[\],]*:\s+)?/.exec(text.slice(at, end))!;
      const start = at + key[0].length;
      if ('{['.includes(text[start] ?? '?')) {
        const close = closing(text, start, limit);
        if (close === -1 || offset <= close) return valueInFlow(text, start, offset, limit);
      }
      const value = valueFrom(text, start, true);
      return /[[\]{}"']/.test(text.slice(value.start, value.end)) ? value : null;
    }
    at = end + 1;
  }
  return null;
}

/** The value in quotes. A template of other systems, `{{ x }}`, becomes `${x}`. */
function quote(value: string): string {
  const template = /^\{\{\s*(.*?)\s*\}\}$/.exec(value);
  const text = template === null ? value : '${' + template[1] + '}';
  if (!text.includes('"') && !text.includes('\\')) return `"${text}"`;
  return `'${text.replaceAll("'", "''")}'`;
}

export function unquoted(text: string, span: Span): YamlProblem {
  const lineStart = text.lastIndexOf('\n', span.start - 1) + 1;
  const newline = text.indexOf('\n', span.end);
  const value = text.slice(span.start, span.end);
  const quoted = quote(value);
  const line = text.slice(lineStart, span.start) + quoted + text.slice(span.end, newline === -1 ? undefined : newline);
  return { type: 'unquoted', span, value, quoted, line: line.trim() };
}

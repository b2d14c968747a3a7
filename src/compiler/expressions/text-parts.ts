import type { Place } from '../../diagnostics/expression-problem.ts';

/** `source` lies in the text from `start` on; `outer` is the whole `${…}`. */
export type TextPart =
  | { readonly literal: string }
  | { readonly source: string; readonly start: number; readonly outer: Place };

/**
 * Cuts a text at its `${…}`. The closing brace is found across quotes, comments and braces inside the expression; `$${`
 * is a literal `${`. `unclosed`: where a `${` stands that nothing closes.
 */
export function textParts(text: string): { readonly parts: readonly TextPart[]; readonly unclosed?: Place } {
  const parts: TextPart[] = [];
  let literal = '';
  let at = 0;
  while (at < text.length) {
    if (text.startsWith('$${', at)) {
      literal += '${';
      at += 3;
    } else if (text.startsWith('${', at)) {
      const end = closingBrace(text, at + 2);
      if (end === null) return { parts, unclosed: { start: at, end: text.length } };
      if (literal !== '') parts.push({ literal });
      literal = '';
      parts.push({ source: text.slice(at + 2, end), start: at + 2, outer: { start: at, end: end + 1 } });
      at = end + 1;
    } else {
      literal += text[at];
      at += 1;
    }
  }
  if (literal !== '') parts.push({ literal });
  return { parts };
}

/** Where the brace stands that closes the expression beginning at `from`. */
function closingBrace(text: string, from: number): number | null {
  let open = 0;
  let at = from;
  while (at < text.length) {
    const character = text[at];
    if (character === "'" || character === '"') {
      at = afterQuotes(text, at);
      continue;
    }
    if (text.startsWith('//', at)) {
      const line = text.indexOf('\n', at);
      if (line === -1) return null;
      at = line;
    }
    if (character === '{') open += 1;
    if (character === '}') {
      if (open === 0) return at;
      open -= 1;
    }
    at += 1;
  }
  return null;
}

/** Behind the text literal that opens at `from`, as cel-js reads it; the end of everything where it never closes. */
function afterQuotes(text: string, from: number): number {
  const quote = text[from] ?? '';
  const mark = text.startsWith(quote.repeat(3), from) ? quote.repeat(3) : quote;
  let at = from + mark.length;
  while (at < text.length) {
    if (text[at] === '\\') at += 2;
    else if (text.startsWith(mark, at)) return at + mark.length;
    else at += 1;
  }
  return text.length;
}

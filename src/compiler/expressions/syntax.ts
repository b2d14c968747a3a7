import { type ASTNode, Environment, ParseError } from '@marcbachmann/cel-js';
import type { ExpressionProblem, Place } from '../../diagnostics/expression-problem.ts';

/**
 * cel-js is used as a parser only. Its checker stops at the first mistake, lets some pass (`has(a.nope)`, bad timestamps) and
 * knows neither our null nor which values may be missing.
 */
const parser = new Environment({ limits: { maxAstNodes: 5000, maxListElements: 5000 } });

const CLOSERS: { readonly [token: string]: string } = { RPAREN: ')', RBRACKET: ']', RBRACE: '}', COLON: ':' };

/** Words of other languages, and what CEL writes. */
const OPERATORS: { readonly [word: string]: string } = {
  and: '&&',
  or: '||',
  not: '!',
  is: '==',
  equals: '==',
  eq: '==',
  ne: '!=',
  '=': '==',
  '<>': '!=',
  '===': '==',
  '!==': '!=',
  '&': '&&',
  '|': '||',
};
const TOO_LARGE = {
  code: 'expression-syntax',
  severity: 'error',
  message: 'the expression is too large',
  help: 'split it up with "assign"',
} as const;
const METHODS = ['contains', 'startsWith', 'endsWith'];

export function parse(source: string): { ast: ASTNode } | { problem: ExpressionProblem } {
  try {
    return { ast: parser.parse(source).ast };
  } catch (error) {
    if (error instanceof ParseError) return { problem: explain(source, error) };
    // a long row of "!" or "-" runs out of stack before any limit of the parser
    if (error instanceof RangeError) return { problem: { ...TOO_LARGE, start: 0, end: source.length } };
    throw error;
  }
}

function explain(source: string, error: ParseError): ExpressionProblem {
  const { start = 0, end = source.length } = error.range ?? {};
  const problem = (message: string, help?: string, place: Place = { start, end }): ExpressionProblem => ({
    code: 'expression-syntax',
    severity: 'error',
    message,
    ...place,
    ...(help !== undefined && { help }),
  });
  if (source.trim() === '')
    return problem('expected an expression, found nothing', undefined, { start: 0, end: source.length });
  const foreign = foreignOperator(source, start);
  if (foreign !== null && error.code !== 'unterminated_string') {
    const { word, instead, place } = foreign;
    if (METHODS.includes(word)) return problem(`"${word}" is a function`, `write a.${word}(b)`, place);
    return { ...problem(`"${word}" is not an operator`, `write "${instead}"`, place), replacement: instead };
  }
  const found = source.slice(start, end);
  switch (error.code) {
    case 'unterminated_string':
    case 'unterminated_triple_quoted_string':
      return problem(`text is never closed: a ${source[start] === '"' ? 'double' : 'single'} quote is missing`);
    case 'newline_in_string':
      return problem('text within one pair of quotes stands on one line', 'write \\n for a new line');
    case 'limit_exceeded':
      return { ...TOO_LARGE, start: 0, end: source.length };
    case 'reserved_identifier':
      return problem(`"${found}" is a reserved word`, found === 'if' ? 'write condition ? value : other' : undefined);
    case 'invalid_macro_argument':
      return problem('the first argument names the item', "write event.items.exists(item, item.sku == 'a')");
    case 'expected_token':
    case 'unexpected_token':
    case 'unexpected_character':
      return unexpected(source, error, problem);
    default:
      if (error.code.includes('escape')) return problem(`unknown escape "${found}"`, 'a backslash is written \\\\');
      if (error.code.includes('number') || error.code.includes('integer')) return problem(`"${found}" is no number`);
      return problem(error.summary);
  }
}

function unexpected(
  source: string,
  error: ParseError,
  problem: (message: string, help?: string, place?: Place) => ExpressionProblem,
): ExpressionProblem {
  const { start = 0, end = source.length } = error.range ?? {};
  const found = source.slice(start, end);
  const expected = /^Expected (\w+)/.exec(error.summary)?.[1] ?? '';
  if (expected === 'IDENTIFIER' && found !== '') {
    return problem(`expected a field name behind ".", found "${found}"`, `write ["${found}"] for a field of that name`);
  }
  const closer = CLOSERS[expected];
  if (start >= source.trimEnd().length) {
    // the last character, as there is nothing to point at behind the end
    const last = source.trimEnd().length;
    const place = { start: Math.max(0, last - 1), end: last };
    return problem(
      closer === undefined ? 'the expression ends too early' : `a "${closer}" is missing at the end`,
      undefined,
      place,
    );
  }
  const character = source[start] ?? '';
  if ('“”„‘’'.includes(character))
    return problem(`found the curly quote ${character}`, "text stands in straight quotes: 'DE'");
  if (character === '$')
    return problem('"${" has no place inside an expression', 'write the name alone: event.country');
  if (closer !== undefined) return problem(`expected "${closer}", found "${found}"`);
  if (character === "'" || character === '"' || /^\w/.test(found)) {
    return problem(`expected an operator before "${found}"`, "a quote inside text is written \\'");
  }
  return problem(`unexpected "${found}"`);
}

interface Foreign {
  readonly word: string;
  readonly instead: string;
  readonly place: Place;
}

/** The word or sign at `start`, or the word just before it, when other languages have it as an operator. */
function foreignOperator(source: string, start: number): Foreign | null {
  const here = /^(?:[A-Za-z]+|[=!<>&|]+)/.exec(source.slice(start))?.[0] ?? '';
  const signsBefore = /[=!<>&|]*$/.exec(source.slice(0, start))?.[0] ?? '';
  const wordBefore = /\b([A-Za-z]+)\s+$/.exec(source.slice(0, start))?.[1] ?? '';
  const candidates: [string, number][] = [
    [signsBefore + here, start - signsBefore.length],
    [here, start],
    [wordBefore, source.slice(0, start).lastIndexOf(wordBefore)],
  ];
  for (const [word, at] of candidates) {
    const known = Object.hasOwn(OPERATORS, word) ? word : word.toLowerCase();
    const instead = METHODS.includes(word) ? word : Object.hasOwn(OPERATORS, known) ? OPERATORS[known] : undefined;
    if (word !== '' && instead !== undefined) return { word, instead, place: { start: at, end: at + word.length } };
  }
  return null;
}

/** What the parts of the lowering share: the walk's state, and how a problem is reported. */
import type { ASTNode } from '@marcbachmann/cel-js';
import type { ExpressionCode, ExpressionProblem, Place } from '../../diagnostics/expression-problem.ts';
import { quoted, suggestion } from '../../diagnostics/words.ts';
import type { Expr } from '../../plan/expression.ts';
import type { ExpressionEnv } from './environment.ts';
import { ANY, describe, type ExprType, isOpen } from './types.ts';

export interface Lowered {
  readonly expr: Expr;
  readonly type: ExprType;
  /** `contact` and `steps` themselves: only their fields can be used */
  readonly only?: 'contact' | 'steps';
}

export interface Walk {
  readonly source: string;
  readonly env: ExpressionEnv;
  readonly problems: ExpressionProblem[];
  /** variables of the macros around */
  readonly locals: { readonly [name: string]: ExprType };
  /** names (`nameOf`) that a condition around has shown to be there */
  readonly present: ReadonlySet<string>;
  /** nesting of the node being lowered */
  readonly depth: number;
  lower(ast: ASTNode, walk: Walk): Lowered;
}

/** Stands in for what has a problem already: nothing further is said about it. */
export const UNKNOWN: Lowered = { expr: null, type: ANY };

export function report(
  walk: Walk,
  place: Place,
  code: ExpressionCode,
  message: string,
  more: { readonly help?: string; readonly replacement?: string; readonly severity?: 'warning' } = {},
): Lowered {
  const { start, end } = withBrackets(walk.source, place);
  walk.problems.push({ code, severity: 'error', message, start, end, ...more });
  return UNKNOWN;
}

/** A name that is not known: says which are, and the nearest. */
export function reportUnknown(
  walk: Walk,
  place: Place,
  code: ExpressionCode,
  message: string,
  name: string,
  known: readonly string[],
  help?: string,
): Lowered {
  const close = suggestion(name, known);
  return report(walk, place, code, message, close.help === undefined && help !== undefined ? { help } : close);
}

/** The author's own text of a part. */
export function textOf(walk: Walk, place: Place): string {
  const { start, end } = withBrackets(walk.source, place);
  return walk.source.slice(start, end);
}

/** cel-js leaves the bracket out of a part that begins or ends with one: `a + b).size()`. */
function withBrackets(source: string, { start, end }: Place): Place {
  let open = 0;
  let unopened = 0;
  for (const character of source.slice(start, end)) {
    if (character === '(') open += 1;
    if (character === ')' && open === 0) unopened += 1;
    else if (character === ')') open -= 1;
  }
  const before = /[(\s]*$/.exec(source.slice(0, start))?.[0] ?? '';
  const after = /^[)\s]*/.exec(source.slice(end))?.[0] ?? '';
  return { start: start - reach([...before].reverse(), '(', unopened), end: end + reach([...after], ')', open) };
}

/** How many characters it takes to meet `count` brackets; 0 where there are not as many. */
function reach(characters: readonly string[], bracket: string, count: number): number {
  let left = count;
  for (const [at, character] of characters.entries()) {
    if (left > 0 && character === bracket) left -= 1;
    if (left === 0) return count === 0 ? 0 : at + 1;
  }
  return 0;
}

/** Checks the type of a part; `where` begins the sentence: `"+" takes numbers`. */
export function requireType(
  walk: Walk,
  ast: ASTNode,
  { type }: Lowered,
  accepted: readonly ExprType['is'][],
  where: string,
  help?: string,
): boolean {
  if (isOpen(type) || accepted.includes(type.is)) return true;
  const found = `${quotedPart(walk, ast)} is ${describe(type)}`;
  report(walk, ast, 'expression-type', `${where}, ${found}`, help === undefined ? {} : { help });
  return false;
}

/** The author's own text of a part, in quotes; those inside become single ones, which mean the same. */
export function quotedPart(walk: Walk, place: Place): string {
  return quoted(textOf(walk, place).replaceAll('"', "'"));
}

/** The place of what stands between the quotes of a text literal; of all of it where quotes or escapes are unusual. */
export function insideQuotes({ start, end }: Place, text: string): Place {
  return end - start === text.length + 2 ? { start: start + 1, end: end - 1 } : { start, end };
}

/** The value where the node is a text literal. */
export function textLiteral(ast: ASTNode): string | null {
  return ast.op === 'value' && typeof ast.args === 'string' ? ast.args : null;
}

/** Comparisons of what may be missing (LANGUAGE.md §4): a warning, unless a condition around has shown it to be there. */
import type { ASTNode } from '@marcbachmann/cel-js';
import { quoted } from '../../diagnostics/words.ts';
import type { Expr } from '../../plan/expression.ts';
import { isTuple, nameOf, pathOf } from '../../plan/reads.ts';
import { type Lowered, report, textOf, type Walk } from './lowering.ts';

const ORDER = ['<', '<=', '>', '>='];

/** Names that are surely not null where `expr` is true (or false): `a` where `a != null`, and where `a > 3`. */
export function presentWhere(expr: Expr, isTrue: boolean): string[] {
  if (!isTuple(expr)) return [];
  const [operator, left = null, right = null] = expr;
  if (operator === 'not') return presentWhere(left, !isTrue);
  if (operator === (isTrue ? 'and' : 'or')) return [...presentWhere(left, isTrue), ...presentWhere(right, isTrue)];
  const names = [left, right].map(pathOf).flatMap((path) => (path === null ? [] : [nameOf(path)]));
  if (isTrue && ORDER.includes(operator)) return names;
  const differs = operator === (isTrue ? '!=' : '==') && (left === null || right === null);
  const isSomething =
    operator === (isTrue ? '==' : '!=') && [left, right].some((side) => side !== null && !isTuple(side));
  return differs || isSomething ? names : [];
}

export function withPresent(walk: Walk, names: readonly string[]): Walk {
  return names.length === 0 ? walk : { ...walk, present: new Set([...walk.present, ...names]) };
}

/** Warns where null would decide the comparison in silence. */
export function warnOfMissing(
  operator: string,
  sides: readonly [ASTNode, ASTNode],
  values: readonly [Lowered, Lowered],
  walk: Walk,
): void {
  for (const side of [0, 1] as const) {
    const other = values[1 - side] as Lowered;
    const isRisky = ORDER.includes(operator) || other.expr === 0 || other.expr === false || other.expr === '';
    if (!values[side].type.missing || !isRisky) continue;
    const text = textOf(walk, sides[side]);
    const result = operator === '!=' ? 'true' : 'false';
    const instead = `default(${text}, ${defaultFor(other)})`;
    report(
      walk,
      sides[side],
      'may-be-missing',
      `${quoted(text)} may be missing, and then this comparison is ${result}`,
      {
        severity: 'warning',
        help: `say what counts instead: ${instead}`,
      },
    );
  }
}

function defaultFor({ expr, type }: Lowered): string {
  if (expr === false || type.is === 'bool') return 'false';
  if (type.is === 'text') return "''";
  return type.is === 'date' || type.is === 'timestamp' ? 'now' : '0';
}

import type { ExpressionProblem } from '../../diagnostics/expression-problem.ts';
import type { Expr, Reads } from '../../plan/expression.ts';
import { isTuple, mergeReads, NO_READS, type Path, pathsOf, readsOf } from '../../plan/reads.ts';
import type { ExpressionEnv } from './environment.ts';
import { lower } from './lower.ts';
import { type Lowered, requireType, type Walk } from './lowering.ts';
import { SIGNATURES } from './signatures.ts';
import { parse } from './syntax.ts';
import type { ExprType } from './types.ts';

/** What the place takes; `any` and null always fit. `timestamp` takes a date too. */
export type Expected = 'bool' | 'any' | 'text' | 'number' | 'timestamp' | 'list';

export interface Compiled {
  /** absent where there is an error */
  readonly expr?: Expr;
  readonly type?: ExprType;
  /** what one read before the step has to bring */
  readonly reads: Reads;
  /** every path it may read: `["event", "country"]` */
  readonly paths: readonly Path[];
  /** in the order of their places; empty or warnings only where `expr` is there */
  readonly problems: readonly ExpressionProblem[];
}

const EXPECTED: {
  readonly [expected in Exclude<Expected, 'any'>]: { accepts: readonly ExprType['is'][]; words: string; help?: string };
} = {
  bool: {
    accepts: ['bool'],
    words: 'expected a condition, true or false',
    help: 'compare it with something, such as … == …',
  },
  text: { accepts: ['text'], words: 'expected text', help: 'make a text of it by string(…)' },
  number: { accepts: ['number'], words: 'expected a number' },
  timestamp: {
    accepts: ['timestamp', 'date'],
    words: 'expected a timestamp or a date',
    help: 'text becomes one by timestamp(…) or date(…)',
  },
  list: { accepts: ['list'], words: 'expected a list' },
};

/** Parses, resolves and types one CEL expression. Pure; never throws for an author's mistake. */
export function compileExpression(source: string, env: ExpressionEnv, expect: Expected = 'any'): Compiled {
  const parsed = parse(source);
  if ('problem' in parsed) return failed([parsed.problem]);
  const problems: ExpressionProblem[] = [];
  const walk: Walk = { source, env, problems, locals: {}, present: new Set(), depth: 0, lower };
  const lowered = lower(parsed.ast, walk);
  if (expect !== 'any') {
    const { accepts, words, help } = EXPECTED[expect];
    requireType(walk, parsed.ast, lowered, accepts, words, help);
  }
  return finish(lowered, problems, env);
}

/** The result of a lowering: with an error there is no expression. */
export function finish(
  { expr, type }: Pick<Lowered, 'expr' | 'type'>,
  problems: readonly ExpressionProblem[],
  env: ExpressionEnv,
): Compiled {
  const sorted = [...problems].sort((a, b) => a.start - b.start || a.end - b.end);
  if (problems.some(({ severity }) => severity === 'error')) return failed(sorted);
  const zone = { ...NO_READS, contact: env.timezone === 'contact' && isZoned(expr) ? ['timezone'] : [] };
  return { expr, type, reads: mergeReads([readsOf(expr), zone]), paths: pathsOf(expr), problems: sorted };
}

export function failed(problems: readonly ExpressionProblem[]): Compiled {
  return { reads: NO_READS, paths: [], problems };
}

function isZoned(expr: Expr): boolean {
  if (!isTuple(expr)) return false;
  const [operation, name, ...rest] = expr;
  if (operation === 'call' && typeof name === 'string' && Object.hasOwn(SIGNATURES, name) && SIGNATURES[name]?.zoned)
    return true;
  return [name, ...rest].some((part) => part !== undefined && isZoned(part));
}

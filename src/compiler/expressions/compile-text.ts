import type { ExpressionProblem, Place } from '../../diagnostics/expression-problem.ts';
import type { Expr, ExprArg } from '../../plan/expression.ts';
import { type Compiled, compileExpression, type Expected, failed, finish } from './compile-expression.ts';
import type { ExpressionEnv } from './environment.ts';
import { type TextPart, textParts } from './text-parts.ts';
import { describe, TEXT } from './types.ts';

/**
 * A text with `${…}` in it; null parts are empty. A value that is nothing but one `${…}` keeps its type. Offsets of
 * problems count in the whole text.
 */
export function compileText(text: string, env: ExpressionEnv, expect: Expected = 'any'): Compiled {
  const { parts, unclosed } = textParts(text);
  if (unclosed !== undefined) return failed([neverClosed(unclosed)]);
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && 'source' in only) return compilePart(only, env, expect);
  const problems: ExpressionProblem[] = [];
  const exprs: ExprArg[] = [];
  for (const part of parts) {
    if ('literal' in part) {
      exprs.push(part.literal);
      continue;
    }
    const compiled = compilePart(part, env, 'any');
    problems.push(...compiled.problems);
    exprs.push(compiled.expr ?? null);
    if (compiled.type?.is === 'list' || compiled.type?.is === 'object') {
      problems.push({
        ...part.outer,
        code: 'expression-type',
        severity: 'error',
        message: `"${part.source.trim()}" is ${describe(compiled.type)} and cannot stand in a text`,
        help: compiled.type.is === 'list' ? `write \${join(${part.source.trim()}, ", ")}` : 'name one of its fields',
      });
    }
  }
  if (expect !== 'any' && expect !== 'text') {
    problems.push({
      start: 0,
      end: text.length,
      code: 'expression-type',
      severity: 'error',
      message: `expected ${EXPECTED[expect]}, found text`,
      help: 'write one expression: "${…}"',
    });
  }
  return finish({ expr: joined(exprs), type: TEXT }, problems, env);
}

const EXPECTED = {
  bool: 'true or false',
  number: 'a number',
  timestamp: 'a timestamp or a date',
  list: 'a list',
} as const;

function joined(exprs: readonly ExprArg[]): Expr {
  if (exprs.length === 0) return '';
  const [first = ''] = exprs;
  return exprs.length === 1 && typeof first === 'string' ? first : ['text', ...exprs];
}

/** A condition, a key, a moment: an expression written bare or as `"${…}"`. Offsets count in the given text. */
export function compileBare(text: string, env: ExpressionEnv, expect: Expected = 'any'): Compiled {
  if (!text.trimStart().startsWith('${')) return compileExpression(text, env, expect);
  const { parts, unclosed } = textParts(text);
  if (unclosed !== undefined) return failed([neverClosed(unclosed)]);
  const inside = parts.filter((part) => 'source' in part || part.literal.trim() !== '');
  const [only] = inside;
  if (inside.length === 1 && only !== undefined && 'source' in only) return compilePart(only, env, expect);
  return failed([
    {
      start: 0,
      end: text.length,
      code: 'expression-syntax',
      severity: 'error',
      message: 'expected one expression, found a text with "${…}" in it',
      help: 'write it bare, names without "${ }": event.total > 10',
    },
  ]);
}

function compilePart(part: Extract<TextPart, { source: string }>, env: ExpressionEnv, expect: Expected): Compiled {
  const compiled = compileExpression(part.source, env, expect);
  const problems = compiled.problems.map((problem) => {
    const moved = { ...problem, start: problem.start + part.start, end: problem.end + part.start };
    // nothing to point at inside an empty ${}
    return moved.start === moved.end ? { ...moved, ...part.outer } : moved;
  });
  return { ...compiled, problems };
}

function neverClosed(place: Place): ExpressionProblem {
  return {
    ...place,
    code: 'expression-syntax',
    severity: 'error',
    message: '"${" is never closed: a "}" is missing',
    help: 'a literal "${" is written "$${"',
  };
}

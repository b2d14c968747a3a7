/** Expressions where they stand in the file: offsets become places, problems become diagnostics. */
import { expressionFinding } from '../diagnostics/codes-expression.ts';
import { ambiguousNumber } from '../diagnostics/codes-shape.ts';
import { yamlFinding } from '../diagnostics/codes-yaml.ts';
import type { Reporter } from '../diagnostics/diagnostic.ts';
import type { Expr, Reads } from '../plan/expression.ts';
import { type ScalarNode, within, type YamlNode } from '../source/node.ts';
import { unquoted, valueFrom } from '../source/unquoted.ts';
import type { TypedExpr } from '../steps/definition.ts';
import type { Compiled, Expected } from './expressions/compile-expression.ts';
import { compileBare, compileText } from './expressions/compile-text.ts';
import type { ExpressionEnv } from './expressions/environment.ts';
import { ANY, BOOL, type ExprType, listOf, NULL, NUMBER } from './expressions/types.ts';

const NOTHING: TypedExpr = { expr: null, type: ANY };

export interface ExpressionTools {
  readonly env: ExpressionEnv;
  readonly reporter: Reporter;
  /** told what the expression reads */
  onReads(reads: Reads): void;
}

/** An expression, bare or as `"${…}"`. */
export function bareExpression(node: YamlNode, expect: Expected, tools: ExpressionTools): TypedExpr {
  if (node.type !== 'scalar') return NOTHING;
  return take(compileBare(node.text, tools.env, expect), node, tools);
}

/** A scalar value: a text with `${…}`, one that is nothing but `${…}`, a number, true, false or null. */
export function scalarValue(node: YamlNode, tools: ExpressionTools): TypedExpr {
  if (node.type !== 'scalar') return NOTHING;
  if (typeof node.value === 'string') return take(compileText(node.value, tools.env), node, tools);
  if (typeof node.value !== 'number') return { expr: node.value, type: node.value === null ? NULL : BOOL };
  if (String(node.value) !== node.text) tools.reporter.report(node.span, ambiguousNumber(node.text, node.value));
  return { expr: node.value, type: NUMBER };
}

/** Any value; texts at any depth may hold `${…}`. */
export function anyValue(node: YamlNode, tools: ExpressionTools): TypedExpr {
  if (node.type === 'list') {
    const items = node.items.map((item) => anyValue(item, tools));
    return { expr: ['list', ...items.map((item) => item.expr)], type: listOf(ANY) };
  }
  if (node.type === 'map') {
    const fields: { [name: string]: ExprType } = {};
    const parts = node.entries.flatMap(({ key, value }): Expr[] => {
      const typed = anyValue(value, tools);
      fields[key] = typed.type;
      return [key, typed.expr];
    });
    return { expr: ['map', ...parts], type: { is: 'object', fields, missing: false } };
  }
  return scalarValue(node, tools);
}

function take(compiled: Compiled, node: ScalarNode, tools: ExpressionTools): TypedExpr {
  const { problems } = compiled;
  if (node.commentBehind && problems.some((one) => one.code === 'expression-syntax')) {
    // `event.x == "a #b"`: YAML has cut the expression at the `#`.
    const whole = valueFrom(tools.reporter.source.text, node.span.start, false);
    if (whole.end > node.span.end) {
      const problem = unquoted(tools.reporter.source.text, whole);
      tools.reporter.report(problem.span, yamlFinding(problem));
      return NOTHING;
    }
  }
  for (const problem of problems) {
    const { span, exact } = within(node, problem.start, problem.end);
    tools.reporter.report(span, expressionFinding(problem, exact));
  }
  tools.onReads(compiled.reads);
  return { expr: compiled.expr ?? null, type: compiled.type ?? ANY };
}

import type { ASTNode } from '@marcbachmann/cel-js';
import type { Expr, ExprArg } from '../../plan/expression.ts';
import { lowerCall } from './calls.ts';
import { type Lowered, report, textLiteral, textOf, type Walk } from './lowering.ts';
import { lowerAccess, lowerName } from './names.ts';
import {
  lowerArithmetic,
  lowerChoice,
  lowerEquality,
  lowerIn,
  lowerLogic,
  lowerNegative,
  lowerNot,
  lowerOrder,
} from './operators.ts';
import { ANY, BOOL, type ExprType, listOf, NULL, NUMBER, TEXT, unify } from './types.ts';

/** Half of what `evaluate` bears: a chain of `||` nests to the left, one level each. */
const MAX_DEPTH = 500;
const SPLIT = { help: 'test membership by in [ … ], or split it up with "assign"' };

/** The plan's form of a parsed expression, and its type. Problems go to the walk; what has one becomes `UNKNOWN`. */
export function lower(ast: ASTNode, walk: Walk): Lowered {
  if (walk.depth > MAX_DEPTH)
    return report(walk, ast, 'expression-syntax', 'the expression is nested too deeply', SPLIT);
  const lowered = lowerNode(ast, { ...walk, depth: walk.depth + 1 });
  if (lowered.only === undefined) return lowered;
  const noun = lowered.only === 'contact' ? 'an attribute' : 'a step and its field';
  const example = lowered.only === 'contact' ? 'contact.email' : 'steps.nudge.outcome';
  return report(walk, ast, 'expression-type', `"${textOf(walk, ast)}" alone has no value: name ${noun}`, {
    help: `such as ${example}`,
  });
}

function lowerNode(ast: ASTNode, walk: Walk): Lowered {
  switch (ast.op) {
    case 'value':
      return lowerLiteral(ast, walk);
    case 'id':
      return lowerName(ast, walk);
    case '.':
    case '[]':
      return lowerAccess(ast, walk);
    case 'call':
    case 'rcall':
      return lowerCall(ast, walk);
    case 'list':
      return lowerList(ast, walk);
    case 'map':
      return lowerMap(ast, walk);
    case '?:':
      return lowerChoice(ast, walk);
    case '&&':
    case '||':
      return lowerLogic(ast, walk);
    case '!_':
      return lowerNot(ast, walk);
    case '-_':
      return lowerNegative(ast, walk);
    case '==':
    case '!=':
      return lowerEquality(ast, walk);
    case '<':
    case '<=':
    case '>':
    case '>=':
      return lowerOrder(ast, walk);
    case 'in':
      return lowerIn(ast, walk);
    case '+':
    case '-':
    case '*':
    case '/':
    case '%':
      return lowerArithmetic(ast, walk);
    case '.?':
    case '[?]':
      return report(walk, ast, 'expression-syntax', '"?" after a dot is not needed', {
        help: 'a missing field is null anyway',
      });
  }
}

function lowerLiteral(ast: ASTNode & { op: 'value' }, walk: Walk): Lowered {
  const value = ast.args;
  if (value === null) return { expr: null, type: NULL };
  if (typeof value === 'boolean') return { expr: value, type: BOOL };
  if (typeof value === 'string') return { expr: value, type: TEXT };
  if (typeof value === 'number') return { expr: value, type: NUMBER };
  const text = textOf(walk, ast);
  if (typeof value !== 'bigint') {
    return report(walk, ast, 'wrong-value', `"${text}" has no place in a flow`, {
      help: 'write a number or text without a letter before or behind it',
    });
  }
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    return report(walk, ast, 'wrong-value', `${text} is too large for a number`, {
      help: `as text it keeps every digit: '${text}'`,
    });
  }
  return { expr: Number(value), type: NUMBER };
}

function lowerList(ast: ASTNode & { op: 'list' }, walk: Walk): Lowered {
  const items = ast.args.map((item) => lower(item, walk));
  const of = items.length === 0 ? ANY : items.map(({ type }): ExprType => type).reduce(unify);
  return { expr: ['list', ...items.map((item): ExprArg => item.expr)], type: listOf(of) };
}

function lowerMap(ast: ASTNode & { op: 'map' }, walk: Walk): Lowered {
  const parts: Expr[] = [];
  const fields: { [name: string]: ExprType } = {};
  for (const [key, entry] of ast.args) {
    const name = textLiteral(key);
    if (name === null) {
      return report(walk, key, 'expression-type', `a field is named by text, found "${textOf(walk, key)}"`, {
        help: `write '${textOf(walk, key)}'`,
      });
    }
    const value = lower(entry, walk);
    if (Object.hasOwn(fields, name)) return report(walk, key, 'wrong-value', `the field "${name}" stands here twice`);
    fields[name] = value.type;
    parts.push(name, value.expr);
  }
  return { expr: ['map', ...parts], type: { is: 'object', fields, missing: false } };
}

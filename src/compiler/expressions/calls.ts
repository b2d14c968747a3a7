import type { ASTNode } from '@marcbachmann/cel-js';
import { nearest } from '../../diagnostics/nearest.ts';
import { count, known, quoted } from '../../diagnostics/words.ts';
import type { Expr, ExprArg } from '../../plan/expression.ts';
import { lowerCount, lowerInFlow } from './facts.ts';
import {
  insideQuotes,
  type Lowered,
  report,
  reportUnknown,
  requireType,
  textLiteral,
  textOf,
  UNKNOWN,
  type Walk,
} from './lowering.ts';
import { lowerMacro, MACROS } from './macros.ts';
import { SIGNATURES, type Signature } from './signatures.ts';
import { BOOL } from './types.ts';

/** What people who know CEL, JavaScript or SQL write, and how it is said here. */
const HELP: { readonly [name: string]: string } = {
  matches: 'there are no regular expressions: use contains, startsWith or endsWith',
  duration: 'a period is text: shift(now, "3 days")',
  coalesce: 'write default(value, instead)',
  ifnull: 'write default(value, instead)',
  lowerAscii: 'write lower(text)',
  upperAscii: 'write upper(text)',
  toLowerCase: 'write lower(text)',
  toUpperCase: 'write upper(text)',
  length: 'write size(value)',
  len: 'write size(value)',
  includes: 'write text.contains("part"), or item in list',
  now: 'write now, without brackets',
  today: 'write date(now)',
  exists_one: 'write size(list.filter(item, …)) == 1',
  getFullYear: 'write format(time, "yyyy")',
};

/** `f(a, b)` and `a.f(b)` mean the same. */
export function lowerCall(ast: ASTNode & { op: 'call' | 'rcall' }, walk: Walk): Lowered {
  const name = ast.args[0];
  const args = ast.op === 'call' ? ast.args[1] : [ast.args[1], ...ast.args[2]];
  const place = nameOfCall(ast, name, walk);
  if (name === 'has') return lowerHas(ast, args, walk);
  if (name === 'in_group') return lowerInGroup(ast, args, walk);
  if (name === 'in_flow') return lowerInFlow(ast, args, walk);
  if (name === 'count') return lowerCount(ast, args, walk);
  if (Object.hasOwn(MACROS, name)) return lowerMacro(ast, name, args, walk);
  if (!Object.hasOwn(SIGNATURES, name)) {
    const names = [...Object.keys(SIGNATURES), ...Object.keys(MACROS), 'in_group', 'in_flow', 'count', 'has'];
    const message = `unknown function ${quoted(name)}`;
    const foreign = nearest(name, names) === undefined ? nearest(name, Object.keys(HELP)) : undefined;
    const help = Object.hasOwn(HELP, name) ? HELP[name] : HELP[foreign ?? ''];
    if (help !== undefined) return report(walk, place, 'unknown-function', message, { help });
    return reportUnknown(walk, place, 'unknown-function', message, name, names, known('function', names));
  }
  return lowerFunction(ast, name, args, walk);
}

function lowerFunction(ast: ASTNode, name: string, args: readonly ASTNode[], walk: Walk): Lowered {
  const signature = SIGNATURES[name] as Signature;
  const { params, optional = 0, rest = false } = signature;
  if (args.length < params.length - optional || (args.length > params.length && !rest)) {
    const takes =
      optional > 0
        ? `${params.length - optional} or ${count(params.length, 'argument')}`
        : count(params.length, 'argument');
    return report(walk, ast, 'wrong-arguments', `"${name}" takes ${takes}, found ${args.length}`, {
      help: `write ${signature.usage}`,
    });
  }
  const lowered: Lowered[] = [];
  let isRight = true;
  for (const [at, arg] of args.entries()) {
    const param = params[Math.min(at, params.length - 1)]!;
    const value = walk.lower(arg, walk);
    lowered.push(value);
    const literal = textLiteral(arg);
    const wrong = literal === null ? null : (param.check?.(literal) ?? null);
    if (wrong !== null) report(walk, arg, 'wrong-value', wrong);
    const where = `"${name}" takes ${param.words} here`;
    const fits =
      param.accepts === null || requireType(walk, arg, value, param.accepts, where, `write ${signature.usage}`);
    isRight &&= fits && wrong === null;
  }
  if (!isRight) return UNKNOWN;
  if (
    args.length === 1 &&
    (name === 'min' || name === 'max') &&
    !requireType(walk, args[0]!, lowered[0]!, ['list'], `"${name}" takes a list, or several values`)
  ) {
    return UNKNOWN;
  }
  const expr: Expr = ['call', name, ...lowered.map((value): ExprArg => value.expr)];
  return { expr, type: signature.result(lowered.map(({ type }) => type)) };
}

/** CEL's `has(a.b)`: true where the field is there. A null field counts as not there, as everywhere. */
function lowerHas(ast: ASTNode, args: readonly ASTNode[], walk: Walk): Lowered {
  const [field] = args;
  if (args.length !== 1 || field === undefined || (field.op !== '.' && field.op !== '[]')) {
    return report(walk, ast, 'wrong-arguments', '"has" takes one field', { help: 'write has(event.coupon)' });
  }
  return { expr: ['!=', walk.lower(field, walk).expr, null], type: BOOL };
}

function lowerInGroup(ast: ASTNode, args: readonly ASTNode[], walk: Walk): Lowered {
  const [arg] = args;
  const name = arg === undefined ? null : textLiteral(arg);
  if (args.length !== 1 || arg === undefined || name === null) {
    return report(
      walk,
      ast,
      'wrong-arguments',
      '"in_group" takes the name of one group, in quotes: what it reads is planned before it runs',
      {
        help: 'write in_group("customers")',
      },
    );
  }
  const { groups } = walk.env;
  if (groups !== null && !Object.hasOwn(groups, name)) {
    const names = Object.keys(groups);
    const place = insideQuotes(arg, name);
    return reportUnknown(
      walk,
      place,
      'unknown-group',
      `unknown group ${quoted(name)}. ${known('group', names)}`,
      name,
      names,
    );
  }
  return { expr: ['call', 'in_group', name, groups === null ? name : (groups[name] ?? name)], type: BOOL };
}

/** The name alone: where the call begins, or behind the dot. */
function nameOfCall(ast: ASTNode & { op: 'call' | 'rcall' }, name: string, walk: Walk): { start: number; end: number } {
  if (ast.op === 'call') return { start: ast.start, end: ast.start + name.length };
  const receiver = ast.args[1];
  const start = receiver.end + textOf(walk, { start: receiver.end, end: ast.end }).indexOf(name);
  return { start, end: start + name.length };
}

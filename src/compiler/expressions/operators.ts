import type { ASTNode } from '@marcbachmann/cel-js';
import type { Expr } from '../../plan/expression.ts';
import { type Lowered, quotedPart, report, requireType, textLiteral, textOf, UNKNOWN, type Walk } from './lowering.ts';
import { presentWhere, warnOfMissing, withPresent } from './missing.ts';
import { isKnownName } from './names.ts';
import { BOOL, canEqual, describe, type ExprType, isMoment, isOpen, NUMBER, unify, withMissing } from './types.ts';

type Binary = ASTNode & { args: [ASTNode, ASTNode] };

/** `&&` and `||`: the right side is looked at only where the left has not decided. */
export function lowerLogic(ast: Binary, walk: Walk): Lowered {
  const operator = ast.op === '&&' ? 'and' : 'or';
  const left = walk.lower(ast.args[0], walk);
  const right = walk.lower(ast.args[1], withPresent(walk, presentWhere(left.expr, operator === 'and')));
  const where = `both sides of "${ast.op}" are true or false`;
  requireType(walk, ast.args[0], left, ['bool'], where);
  requireType(walk, ast.args[1], right, ['bool'], where);
  return { expr: [operator, left.expr, right.expr], type: BOOL };
}

export function lowerNot(ast: ASTNode & { op: '!_' }, walk: Walk): Lowered {
  const value = walk.lower(ast.args, walk);
  requireType(
    walk,
    ast.args,
    value,
    ['bool'],
    '"!" takes true or false',
    'put brackets around a comparison: !(a == b)',
  );
  return { expr: ['not', value.expr], type: BOOL };
}

export function lowerNegative(ast: ASTNode & { op: '-_' }, walk: Walk): Lowered {
  const value = walk.lower(ast.args, walk);
  requireType(walk, ast.args, value, ['number'], '"-" takes a number');
  const expr: Expr = typeof value.expr === 'number' ? 0 - value.expr : ['neg', value.expr];
  return { expr, type: withMissing(NUMBER, value.type.missing) };
}

export function lowerChoice(ast: ASTNode & { op: '?:' }, walk: Walk): Lowered {
  const [test, yes, no] = ast.args;
  const condition = walk.lower(test, walk);
  requireType(walk, test, condition, ['bool'], 'before "?" stands a condition');
  const first = walk.lower(yes, withPresent(walk, presentWhere(condition.expr, true)));
  const second = walk.lower(no, withPresent(walk, presentWhere(condition.expr, false)));
  return { expr: ['if', condition.expr, first.expr, second.expr], type: unify(first.type, second.type) };
}

export function lowerEquality(ast: Binary, walk: Walk): Lowered {
  const [left, right] = [walk.lower(ast.args[0], walk), walk.lower(ast.args[1], walk)];
  if (!canEqual(left.type, right.type)) reportNeverEqual(ast, left, right, walk);
  else warnOfMissing(ast.op, ast.args, [left, right], walk);
  return { expr: [ast.op, left.expr, right.expr], type: BOOL };
}

export function lowerOrder(ast: Binary, walk: Walk): Lowered {
  const [left, right] = [walk.lower(ast.args[0], walk), walk.lower(ast.args[1], walk)];
  const where = `"${ast.op}" compares numbers, texts or times`;
  const ordered: ExprType['is'][] = ['number', 'text', 'date', 'timestamp'];
  const isOrdered = [
    requireType(walk, ast.args[0], left, ordered, where),
    requireType(walk, ast.args[1], right, ordered, where),
  ];
  if (!isOrdered.includes(false)) {
    if (!canEqual(left.type, right.type)) reportNeverEqual(ast, left, right, walk);
    else warnOfMissing(ast.op, ast.args, [left, right], walk);
  }
  return { expr: [ast.op, left.expr, right.expr], type: BOOL };
}

export function lowerIn(ast: Binary, walk: Walk): Lowered {
  const [left, right] = [walk.lower(ast.args[0], walk), walk.lower(ast.args[1], walk)];
  const part = `${textOf(walk, ast.args[1])}.contains(${textOf(walk, ast.args[0])})`;
  const help = right.type.is === 'text' ? `a part of a text: ${part}` : 'a list is written [1, 2]';
  if (requireType(walk, ast.args[1], right, ['list', 'object'], 'behind "in" stands a list', help)) {
    if (right.type.is === 'list' && !canEqual(left.type, right.type.of)) {
      const items = `the items of ${quotedPart(walk, ast.args[1])} are ${plural(right.type.of)}`;
      const message = `${quotedPart(walk, ast.args[0])} is ${describe(left.type)}, ${items}: it is never among them`;
      report(walk, ast, 'expression-type', message);
    }
  }
  return { expr: ['in', left.expr, right.expr], type: BOOL };
}

export function lowerArithmetic(ast: Binary, walk: Walk): Lowered {
  const hyphened = ast.op === '-' ? hyphenedName(ast, walk) : null;
  if (hyphened !== null) {
    const message = `a name with "-" in it stands in brackets: ${quotedPart(walk, ast)} is a subtraction`;
    return report(walk, ast, 'unknown-name', message, { help: `did you mean ${hyphened}?`, replacement: hyphened });
  }
  const [left, right] = [walk.lower(ast.args[0], walk), walk.lower(ast.args[1], walk)];
  const missing = left.type.missing || right.type.missing;
  const expr: Expr = [ast.op, left.expr, right.expr];
  const times = [left, right].find(({ type }) => isMoment(type));
  if (times !== undefined && (ast.op === '+' || ast.op === '-')) {
    const example = `shift(${textOf(walk, ast.args[times === left ? 0 : 1])}, "${ast.op === '-' ? '-' : ''}3 days")`;
    return report(walk, ast, 'expression-type', `"${ast.op}" does not count with times`, { help: `write ${example}` });
  }
  if (ast.op === '+') return lowerPlus(ast, expr, left, right, walk);
  const where = `"${ast.op}" takes numbers`;
  const isNumeric = [
    requireType(walk, ast.args[0], left, ['number'], where),
    requireType(walk, ast.args[1], right, ['number'], where),
  ];
  if (isNumeric.includes(false)) return UNKNOWN;
  if ((ast.op === '/' || ast.op === '%') && right.expr === 0) {
    return report(walk, ast, 'wrong-value', 'a division by zero has no value');
  }
  return { expr, type: withMissing(NUMBER, missing) };
}

/** `event["first-name"]` where `event.first-name` stands, without spaces and without anything called `name`. */
function hyphenedName({ args: [left, right] }: Binary, walk: Walk): string | null {
  if (left.op !== '.' || right.op !== 'id' || right.start !== left.end + 1) return null;
  if (isKnownName(right.args, walk)) return null;
  return `${textOf(walk, left.args[0])}["${left.args[1]}-${right.args}"]`;
}

function lowerPlus(ast: Binary, expr: Expr, left: Lowered, right: Lowered, walk: Walk): Lowered {
  const missing = left.type.missing || right.type.missing;
  const where = '"+" takes two numbers, two texts or two lists';
  const added: ExprType['is'][] = ['number', 'text', 'list'];
  if (!requireType(walk, ast.args[0], left, added, where) || !requireType(walk, ast.args[1], right, added, where))
    return UNKNOWN;
  if (isOpen(left.type) || isOpen(right.type)) return { expr, type: { is: 'any', missing } };
  if (left.type.is === right.type.is) return { expr, type: withMissing(unify(left.type, right.type), missing) };
  const notText = ast.args[left.type.is === 'text' ? 1 : 0];
  const message = `${where}, ${quotedPart(walk, ast.args[0])} is ${describe(left.type)} and ${quotedPart(walk, ast.args[1])} ${describe(right.type)}`;
  return report(walk, ast, 'expression-type', message, {
    help: `make a text of it: string(${textOf(walk, notText)})`,
  });
}

function reportNeverEqual(ast: Binary, left: Lowered, right: Lowered, walk: Walk): void {
  const outcome = ast.op === '==' || ast.op === '!=' ? 'they are never equal' : 'neither comes before the other';
  const message = `${quotedPart(walk, ast.args[0])} is ${describe(left.type)} and ${quotedPart(walk, ast.args[1])} ${describe(right.type)}: ${outcome}`;
  const help = helpBetween(ast.args[0], left, right) ?? helpBetween(ast.args[1], right, left);
  report(walk, ast, 'expression-type', message, help === undefined ? {} : { help });

  /** how the first side, where it is a literal, would be written as the type of the other */
  function helpBetween(side: ASTNode, { expr, type }: Lowered, other: Lowered): string | undefined {
    const text = textLiteral(side);
    if (other.type.is === 'text' && typeof expr === 'number') return `write it as text: '${expr}'`;
    if (other.type.is === 'text' && typeof expr === 'boolean') return `write it as text: '${expr}'`;
    if (text !== null && isMoment(other.type)) return `write ${other.type.is}('${text}')`;
    if (text !== null && other.type.is === 'number' && Number.isFinite(Number(text)))
      return `write the number without quotes: ${text}`;
    if (text !== null && other.type.is === 'bool' && (text === 'true' || text === 'false'))
      return `write it without quotes: ${text}`;
    if (type.is === 'text' && text === null && isMoment(other.type))
      return `convert it: ${other.type.is}(${textOf(walk, side)})`;
    if (type.is === 'text' && text === null && other.type.is === 'number')
      return `convert it: double(${textOf(walk, side)})`;
    return undefined;
  }
}

function plural(type: ExprType): string {
  return type.is === 'number' || type.is === 'text' || type.is === 'list' ? `${type.is}s` : `each ${describe(type)}`;
}

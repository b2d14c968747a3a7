import type { ASTNode } from '@marcbachmann/cel-js';
import { type Lowered, quotedPart, report, requireType, UNKNOWN, type Walk } from './lowering.ts';
import { ANY, BOOL, listOf, withMissing } from './types.ts';

/** Functions that look at each item of a list, and what they are called in the plan. */
export const MACROS: { readonly [name: string]: 'exists' | 'all' | 'filter' | 'map_each' } = {
  exists: 'exists',
  all: 'all',
  filter: 'filter',
  map: 'map_each',
};

/** `list.exists(item, condition)` and its kin; `list.map(item, condition, value)` maps what passes the condition. */
export function lowerMacro(ast: ASTNode, name: string, args: readonly ASTNode[], walk: Walk): Lowered {
  const [list, variable, ...bodies] = args;
  const usage = { help: `write list.${name}(item, ${name === 'map' ? 'item.price' : 'item.price > 10'})` };
  const isComplete = bodies.length === 1 || (name === 'map' && bodies.length === 2);
  if (list === undefined || variable?.op !== 'id' || !isComplete) {
    return report(walk, ast, 'wrong-arguments', `"${name}" takes a list, a name for its item and an expression`, usage);
  }
  const items = walk.lower(list, walk);
  if (!requireType(walk, list, items, ['list'], `"${name}" looks at the items of a list`)) return UNKNOWN;
  const itemType = items.type.is === 'list' ? items.type.of : ANY;
  const inner: Walk = { ...walk, locals: { ...walk.locals, [variable.args]: itemType } };
  const lowered = bodies.map((body) => walk.lower(body, inner));
  const [first, second] = lowered as [Lowered, Lowered?];
  if (name !== 'map' || second !== undefined) {
    const where = `${quotedPart(walk, variable)} is picked by a condition`;
    if (!requireType(walk, bodies[0]!, first, ['bool'], where)) return UNKNOWN;
  }
  if (second !== undefined) {
    const picked: Lowered['expr'] = ['filter', items.expr, variable.args, first.expr];
    return { expr: ['map_each', picked, variable.args, second.expr], type: listOf(second.type) };
  }
  const expr: Lowered['expr'] = [MACROS[name]!, items.expr, variable.args, first.expr];
  // a missing list is empty, so what comes of it is there
  const type = name === 'map' ? listOf(first.type) : name === 'filter' ? withMissing(listOf(itemType), false) : BOOL;
  return { expr, type };
}

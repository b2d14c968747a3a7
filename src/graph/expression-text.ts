/** A lowered expression as an author would write it; for labels. */
import type { Expr } from '../plan/expression.ts';
import { isTuple, nameOf } from '../plan/reads.ts';

const SIGNS: { readonly [operation: string]: string } = { and: '&&', or: '||' };
const MACROS: { readonly [operation: string]: string } = { map_each: 'map' };
/** Binds tighter from left to right; what is not here is no operator. */
const LEVELS = [['or'], ['and'], ['==', '!=', '<', '<=', '>', '>=', 'in'], ['+', '-'], ['*', '/', '%']];

export function expressionText(expr: Expr): string {
  return text(expr, 0);
}

/** `level`: of the operator around it; a looser one inside gets brackets */
function text(expr: Expr, level: number): string {
  if (!isTuple(expr)) return typeof expr === 'string' ? `'${expr}'` : String(expr);
  const [operation, ...args] = expr;
  const own = LEVELS.findIndex((operators) => operators.includes(operation)) + 1;
  if (own > 0) {
    const written = `${text(args[0]!, own)} ${SIGNS[operation] ?? operation} ${text(args[1]!, own + 1)}`;
    return own < level ? `(${written})` : written;
  }
  const inner = (at: number) => text(args[at] ?? null, 0);
  switch (operation) {
    case 'get':
      return nameOf(args.map(String));
    case 'field':
      return `${text(args[0]!, LEVELS.length + 1)}.${String(args[1])}`;
    case 'index':
      return `${text(args[0]!, LEVELS.length + 1)}[${inner(1)}]`;
    case 'var':
      return String(args[0]);
    case 'not':
      return `!${text(args[0]!, LEVELS.length + 1)}`;
    case 'neg':
      return `-${text(args[0]!, LEVELS.length + 1)}`;
    case 'if':
      return `${text(args[0]!, 1)} ? ${inner(1)} : ${inner(2)}`;
    case 'list':
      return `[${args.map((arg) => text(arg, 0)).join(', ')}]`;
    case 'map':
      return `{${pairs(args)}}`;
    case 'text':
      return args.map((arg) => (typeof arg === 'string' ? arg : `\${${text(arg, 0)}}`)).join('');
    case 'count':
      return `count('${String(args[0])}', ${inner(1)})`;
    case 'call':
      // The second argument of `in_group` is the id behind the name.
      return `${String(args[0])}(${(args[0] === 'in_group' ? args.slice(1, 2) : args.slice(1)).map((arg) => text(arg, 0)).join(', ')})`;
    default:
      return `${text(args[0]!, LEVELS.length + 1)}.${MACROS[operation] ?? operation}(${String(args[1])}, ${inner(2)})`;
  }
}

function pairs(args: readonly Expr[]): string {
  const written: string[] = [];
  for (let at = 0; at < args.length; at += 2) written.push(`${text(args[at]!, 0)}: ${text(args[at + 1]!, 0)}`);
  return written.join(', ');
}

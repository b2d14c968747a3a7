import type { Expr } from '../plan/expression.ts';
import type { Json } from '../plan/json.ts';
import type { Host } from './host.ts';

/** Values of named expressions. A null is left out, as LANGUAGE.md §4 has it for parameters and attributes. */
export function evaluateAll(
  expressions: { readonly [name: string]: Expr },
  host: Host,
  nulls: 'leave out nulls' | 'keep nulls' = 'leave out nulls',
): { [name: string]: Json } {
  const values: { [name: string]: Json } = {};
  for (const [name, expr] of Object.entries(expressions)) {
    const value = host.evaluate(expr);
    if (value !== null || nulls === 'keep nulls') values[name] = value;
  }
  return values;
}

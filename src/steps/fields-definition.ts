/** Fields of an event of Mapp, as authors write them in `with`: names as in the integration's mapping. */
import { reservedField, wrongType } from '../diagnostics/codes-shape.ts';
import type { Expr } from '../plan/expression.ts';
import { RESERVED_FIELDS } from '../plan/reserved-fields.ts';
import type { Entry, YamlNode } from '../source/node.ts';
import type { StepContext } from './definition.ts';

export interface FieldRules {
  /** names with a meaning of their own that may stand here all the same */
  readonly allowed?: readonly string[];
  /** further names that the step itself sets */
  readonly taken?: readonly string[];
  /** lowers the value of some fields in another way */
  readonly lower?: (entry: Entry) => Expr | undefined;
}

export function lowerFields(
  node: YamlNode | undefined,
  context: StepContext,
  { allowed = [], taken = [], lower = () => undefined }: FieldRules = {},
): { [field: string]: Expr } {
  const entries = node?.type === 'map' ? node.entries : [];
  return Object.fromEntries(
    entries.map((one): [string, Expr] => {
      const { key, keySpan, value } = one;
      if ((RESERVED_FIELDS.has(key) && !allowed.includes(key)) || taken.includes(key)) {
        context.report(keySpan, reservedField(key));
      }
      if (value.type === 'scalar' && value.value === null) {
        context.report(keySpan, wrongType(`the value of "${key}"`, 'a text, number or expression', 'nothing'));
      }
      return [key, lower(one) ?? context.value(value).expr];
    }),
  );
}

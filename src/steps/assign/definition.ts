import * as z from 'zod';
import type { Expr } from '../../plan/expression.ts';
import type { StepDefinition } from '../definition.ts';

export const definition: StepDefinition<'assign'> = {
  kind: 'assign',
  summary: 'Keeps values for the steps behind it, as `vars.x`.',
  cost: 'nothing',
  what: {
    schema: z
      .record(
        z
          .string()
          .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
          .describe('a word of letters, digits and "_"'),
        z.unknown(),
      )
      .describe('a map of names and values'),
    doc: 'Names and values. All values are taken before the first is assigned.',
  },
  settings: {},
  lower(step, context) {
    const entries = step.what.type === 'map' ? step.what.entries : [];
    const vars = entries.map(({ key, value }): [string, Expr] => {
      const typed = context.value(value);
      context.assigned(key, typed.type);
      return [key, typed.expr];
    });
    return { vars: Object.fromEntries(vars) };
  },
};

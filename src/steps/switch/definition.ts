import * as z from 'zod';
import { TEXT } from '../../compiler/expressions/types.ts';
import { duplicateCase } from '../../diagnostics/codes-flow.ts';
import { missingKey, noExpressionHere, wrongValue } from '../../diagnostics/codes-shape.ts';
import type { Span } from '../../source/text.ts';
import type { StepDefinition } from '../definition.ts';
import { insertsExpression } from '../inserts.ts';
import { expression, steps } from '../schemas.ts';

export const definition: StepDefinition<'switch'> = {
  kind: 'switch',
  summary: 'Goes the way of the case that has the value; all paths join behind it.',
  cost: 'nothing',
  what: { schema: expression, doc: 'An expression; its value is compared with the cases as text.' },
  settings: {
    cases: {
      schema: z.record(z.string(), steps).describe('a map of values and lists of steps'),
      doc: 'Steps by value; `"silver, bronze"` stands for either.',
    },
    default: { schema: steps, doc: 'The steps for every other value, and for null.' },
  },
  lower(step, context) {
    const value = context.expression(step.what, 'any').expr;
    context.result({ arm: TEXT });
    const cases = step.settings.get('cases');
    if (cases === undefined && !step.misspelt.includes('cases'))
      context.report(step.kindSpan, missingKey('cases', 'a step "switch"'));
    const seen = new Map<string, Span>();
    const entries = cases?.node.type === 'map' ? cases.node.entries : [];
    const lowered = entries.map((one) => {
      const values = one.key.split(',').map((text) => text.trim());
      for (const text of values) {
        const first = seen.get(text);
        if (text === '')
          context.report(one.keySpan, wrongValue('a case', 'one value, or several separated by commas', one.key));
        else if (first !== undefined) context.report(one.keySpan, duplicateCase(text, first));
        else seen.set(text, one.keySpan);
      }
      if (insertsExpression(one.key)) context.report(one.keySpan, noExpressionHere('a case'));
      return { values, to: context.branch(one.value) };
    });
    return { value, cases: lowered, default: context.branch(step.settings.get('default')?.node) };
  },
};

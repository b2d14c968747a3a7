import { TEXT } from '../../compiler/expressions/types.ts';
import { missingOneOf } from '../../diagnostics/codes-shape.ts';
import type { StepDefinition } from '../definition.ts';
import { expression, steps } from '../schemas.ts';

export const definition: StepDefinition<'check'> = {
  kind: 'check',
  summary: 'Goes one way or the other; both paths join behind it.',
  cost: 'nothing',
  what: { schema: expression, doc: 'A condition. Only `true` is true; null is not.' },
  settings: {
    then: { schema: steps, doc: 'The steps where the condition is true.' },
    else: { schema: steps, doc: 'The steps where it is not.' },
  },
  lower(step, context) {
    const yes = step.settings.get('then');
    const no = step.settings.get('else');
    const misspelt = step.misspelt.includes('then') || step.misspelt.includes('else');
    if (yes === undefined && no === undefined && !misspelt)
      context.report(step.kindSpan, missingOneOf(['then', 'else'], 'a step "check"'));
    const condition = context.expression(step.what, 'bool').expr;
    context.result({ arm: TEXT });
    return { condition, yes: context.branch(yes?.node), no: context.branch(no?.node) };
  },
};

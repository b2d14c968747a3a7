/** What the definitions of `increment` and `decrement` have in common. */
import { describe, isOpen } from '../compiler/expressions/types.ts';
import { wrongAttributeType } from '../diagnostics/codes-names.ts';
import { wrongType } from '../diagnostics/codes-shape.ts';
import type { Expr } from '../plan/expression.ts';
import type { Acting, PlanSteps } from '../plan/plan.ts';
import { type Entry, textOf } from '../source/node.ts';
import { actingSettings, lowerActing } from './acting-definition.ts';
import { checkAttribute, isFraction, typeName } from './attributes.ts';
import type { KeyDefinition, RawStep, StepContext } from './definition.ts';
import { memberGroup, memberGroupSetting } from './group-definition.ts';

export const countSettings: { readonly [key: string]: KeyDefinition } = {
  group: memberGroupSetting,
  ...actingSettings,
};

type LoweredCount = Pick<PlanSteps['increment'], 'amounts' | 'group' | keyof Acting>;

export function lowerCount(step: RawStep, context: StepContext): LoweredCount {
  const entries = step.what.type === 'map' ? step.what.entries : [];
  return {
    amounts: Object.fromEntries(entries.map((one): [string, Expr] => [one.key, lowerAmount(one, context)])),
    ...memberGroup(step, context),
    ...lowerActing(step, context),
  };
}

function lowerAmount({ key, keySpan, value }: Entry, context: StepContext): Expr {
  checkAttribute(key, keySpan, context);
  const declared = context.project.attributes?.[key];
  if (declared !== undefined && declared !== 'int' && declared !== 'double' && declared !== 'any') {
    context.report(keySpan, wrongAttributeType(key, typeName(declared), 'a step that counts'));
  }
  const { expr, type } = context.value(value);
  const written = textOf(value);
  if (expr === null || (!isOpen(type) && type.is !== 'number')) {
    const found = written === null ? describe(type) : `"${written}"`;
    context.report(value.span, wrongType(`the amount of "${key}"`, 'a number', expr === null ? 'nothing' : found));
  } else if (declared === 'int' && isFraction(expr)) {
    context.report(value.span, wrongAttributeType(key, 'int', `an amount of ${expr}`));
  }
  return expr;
}

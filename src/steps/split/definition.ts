import * as z from 'zod';
import { TEXT } from '../../compiler/expressions/types.ts';
import { splitSum } from '../../diagnostics/codes-flow.ts';
import { missingKey, noExpressionHere } from '../../diagnostics/codes-shape.ts';
import { child, entry } from '../../source/node.ts';
import type { RawStep, StepContext, StepDefinition } from '../definition.ts';
import { insertsExpression } from '../inserts.ts';
import { short, steps } from '../schemas.ts';

const percent = z.number().min(0).max(100).describe('a number from 0 to 100');
const arm = z.strictObject({ percent, steps: steps.optional() });

export const definition: StepDefinition<'split'> = {
  kind: 'split',
  summary: 'Deals people out to arms, always the same person to the same arm; all paths join behind it.',
  cost: 'effect',
  what: {
    schema: short(100),
    doc: 'The name of the split. Splits of one name deal alike, in every flow; the arm hangs on it and on the first identifier the person was known by.',
  },
  settings: {
    arms: {
      schema: z.record(z.string().min(1).max(100), arm).describe('a map of arms, each with "percent" and "steps"'),
      doc: 'The arms by name. Percents sum to 100; an arm without `steps` is a holdout and goes on behind the split.',
    },
  },
  lower(step, context) {
    context.needs({ identity: true });
    context.result({ arm: TEXT });
    return { split: nameOf(step), arms: lowerArms(step, context) };
  },
};

function nameOf({ what }: RawStep): string {
  return what.type === 'scalar' ? what.text : '';
}

function lowerArms(step: RawStep, context: StepContext) {
  if (insertsExpression(nameOf(step))) context.report(step.what.span, noExpressionHere('the name of a split'));
  const arms = step.settings.get('arms');
  if (arms === undefined && !step.misspelt.includes('arms'))
    context.report(step.kindSpan, missingKey('arms', 'a step "split"'));
  const entries = arms?.node.type === 'map' ? arms.node.entries : [];
  const percents = entries.map(({ value }) => (value.type === 'map' ? child(value, 'percent') : undefined));
  const shares = percents.map((node) =>
    node?.type === 'scalar' && typeof node.value === 'number' ? node.value : null,
  );
  const sum = shares.reduce<number>((total, share) => total + (share ?? 0), 0);
  // Where a percent is wrong or missing, that is the mistake.
  if (arms?.node.type === 'map' && !shares.includes(null) && Math.abs(sum - 100) > ROUNDING) {
    context.report(arms.keySpan, splitSum(nameOf(step), Math.round(sum * 100) / 100));
  }
  return entries.map(({ key, value }, at) => ({
    name: key,
    percent: shares[at] ?? 0,
    to: context.branch(value.type === 'map' ? entry(value, 'steps')?.value : undefined),
  }));
}

/** Decimal fractions do not sum exactly. */
const ROUNDING = 1e-6;

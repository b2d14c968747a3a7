/** What the definitions of `emit` and `start_flow` have in common. */
import * as z from 'zod';
import { flowsInARound } from '../diagnostics/codes-flow.ts';
import { missingOneOf } from '../diagnostics/codes-shape.ts';
import { IDENTIFIER_KINDS } from '../plan/event.ts';
import type { Expr } from '../plan/expression.ts';
import type { Acting, PlanSteps } from '../plan/plan.ts';
import { child } from '../source/node.ts';
import { actingSettings, lowerActing } from './acting-definition.ts';
import type { KeyDefinition, RawStep, StepContext, TypedExpr } from './definition.ts';
import { text, values } from './schemas.ts';

const identifiers = Object.fromEntries(IDENTIFIER_KINDS.map((kind) => [kind, text.optional()]));

export const handoverSettings: { readonly [key: string]: KeyDefinition } = {
  ...actingSettings,
  with: { schema: values, doc: 'Fields of the event; one whose value is null is left out.' },
  contact: {
    schema: z.strictObject(identifiers).describe(`a map of identifiers: ${IDENTIFIER_KINDS.join(', ')}`),
    doc: 'Aims at another contact, such as `{ email: "${event.friend}" }`; where none of its values is there, the step is skipped (`no_contact`).',
  },
};

type Handover = Acting & Pick<PlanSteps['emit' | 'start_flow'], 'with' | 'contact'>;

/** `onField` hears of each field, with the place of its name. */
export function lowerHandover(
  step: RawStep,
  context: StepContext,
  onField: (
    name: string,
    place: { readonly key: RawStep['kindSpan']; readonly value: RawStep['kindSpan'] },
    typed: TypedExpr,
  ) => void = () => {},
): Handover {
  const way = context.project.rounds?.[step.id];
  if (way !== undefined) context.report(step.what.span, flowsInARound(way));
  const given = step.settings.get('with')?.node;
  const fields = given?.type === 'map' ? given.entries : [];
  return {
    with: Object.fromEntries(
      fields.map(({ key, keySpan, value }): [string, Expr] => {
        const typed = context.value(value);
        onField(key, { key: keySpan, value: value.span }, typed);
        return [key, typed.expr];
      }),
    ),
    contact: lowerContact(step, context),
    ...lowerActing(step, context),
  };
}

function lowerContact(step: RawStep, context: StepContext): Handover['contact'] {
  const setting = step.settings.get('contact');
  if (setting?.node.type !== 'map') return null;
  const { entries } = setting.node;
  const written = child(step.node, 'contact');
  if (written?.type === 'map' && written.entries.length === 0)
    context.report(setting.keySpan, missingOneOf(IDENTIFIER_KINDS, '"contact"'));
  return Object.fromEntries(entries.map(({ key, value }) => [key, context.scalar(value).expr]));
}

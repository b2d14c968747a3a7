import * as z from 'zod';
import { NUMBER } from '../../compiler/expressions/types.ts';
import { loopWithoutWait, roundsAtOnce } from '../../diagnostics/codes-flow.ts';
import { missingKey, wrongType } from '../../diagnostics/codes-shape.ts';
import { WAITING_KINDS } from '../../plan/waiting-kinds.ts';
import type { RawStep, StepDefinition } from '../definition.ts';
import { expression, steps } from '../schemas.ts';

/** Rounds of repeats within one another, with nothing that waits: nobody means more, and each may call Mapp. */
const MOST_AT_ONCE = 1_000;

export const definition: StepDefinition<'repeat'> = {
  kind: 'repeat',
  summary: 'Does steps again and again.',
  cost: 'nothing',
  what: {
    schema: z.int().min(1).max(100).describe('a whole number from 1 to 100'),
    doc: 'How many rounds at most.',
  },
  settings: {
    until: {
      schema: expression,
      doc: 'A condition, looked at before every round, the first included; where it is true, the rounds are over. `steps.x` of a step inside is that of the last round.',
    },
    steps: { schema: steps, doc: 'The steps of one round.' },
  },
  lower(step, context) {
    context.result({ round: NUMBER });
    const list = step.settings.get('steps');
    if (list === undefined) {
      if (!step.misspelt.includes('steps')) context.report(step.kindSpan, missingKey('steps', 'a step "repeat"'));
      return { times: 1, until: null, body: '' };
    }
    const inside = step.branches.get(list.node) ?? [];
    if (list.node.type === 'list' && list.node.items.length === 0) {
      context.report(list.node.span, wrongType('"steps"', 'a list of at least one step', 'an empty list'));
    } else if (inside.length > 0 && !inside.some(takesTime)) {
      const rounds = roundsOf(step);
      context.report(step.kindSpan, rounds > MOST_AT_ONCE ? roundsAtOnce(rounds, MOST_AT_ONCE) : loopWithoutWait());
    }
    const { body, until } = context.loop(list.node, step.settings.get('until')?.node);
    return { times: timesOf(step), until, body: body ?? '' };
  },
};

function timesOf({ what }: RawStep): number {
  return what.type === 'scalar' && typeof what.value === 'number' ? what.value : 1;
}

function takesTime(step: RawStep): boolean {
  return (
    WAITING_KINDS.some((kind) => kind === step.kind) || [...step.branches.values()].some((list) => list.some(takesTime))
  );
}

/** With those of the repeats inside, all at their most. */
function roundsOf(step: RawStep): number {
  const inside = (list: readonly RawStep[]): number =>
    list.reduce(
      (sum, one) =>
        sum + (one.kind === 'repeat' ? roundsOf(one) : [...one.branches.values()].reduce((n, to) => n + inside(to), 0)),
      0,
    );
  return timesOf(step) * Math.max(1, ...[...step.branches.values()].map(inside));
}

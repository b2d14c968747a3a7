import * as z from 'zod';
import { TEXT } from '../../compiler/expressions/types.ts';
import { missingTimeout } from '../../diagnostics/codes-flow.ts';
import { conflictingKeys, wrongValue } from '../../diagnostics/codes-shape.ts';
import { parseDuration } from '../../plan/duration.ts';
import { textOf } from '../../source/node.ts';
import type { RawStep, StepContext, StepDefinition } from '../definition.ts';
import { eventsSchema, listenerKeys, steps, wait } from '../schemas.ts';
import { lowerWait, positivePeriod } from '../wait-settings.ts';

export const definition: StepDefinition<'wait_for'> = {
  kind: 'wait_for',
  summary: 'Waits for an event of the contact.',
  cost: 'answer',
  what: {
    schema: eventsSchema({ then: steps.optional() }),
    doc: 'An event, an entry `{ event, where, match }`, or a list of them, each with its own `then`.',
  },
  settings: {
    where: { schema: listenerKeys.where, doc: 'A condition on `incoming`, the event being looked at.' },
    match: { schema: listenerKeys.match, doc: 'Fields with the same value in the starting event and this one.' },
    timeout: { schema: wait, doc: 'How long to wait; whatever `wait` takes.' },
    then: { schema: steps, doc: 'The steps after the event; `incoming` is the event there.' },
    else: { schema: steps, doc: 'The steps after the time-out.' },
    lookback: {
      schema: z.string().describe('"none", or a period such as "30 minutes"'),
      doc: 'Events before this step count too: back to the start of the run; `none`: only later ones; a period: also before the run.',
    },
  },
  lower(step, context) {
    const then = step.settings.get('then');
    const timeout = step.settings.get('timeout');
    if (timeout === undefined && !step.misspelt.includes('timeout')) context.report(step.kindSpan, missingTimeout());
    const listeners = context.listeners(step.what, step.settings);
    const overall = context.waitedFor(listeners.map(({ on }) => on.event));
    context.result({ arm: TEXT, event: overall.type });
    const unused = then !== undefined && listeners.length > 0 && listeners.every((one) => one.then !== undefined);
    if (unused)
      context.report(then.keySpan, conflictingKeys('then', step.kind, 'every event of the list has its own "then"'));
    // Events without their own `then` share the one beside `wait_for`: it is lowered once.
    const shared = listeners.filter((one) => one.then === undefined).map(({ on }) => on.event);
    const begin = shared.length === 0 ? context.next : context.branch(then?.node, context.waitedFor(shared).incoming);
    return {
      arms: listeners.map(({ on, then: own }) => ({
        on,
        then: own === undefined ? begin : context.branch(own, context.waitedFor([on.event]).incoming),
      })),
      timeout: timeout === undefined ? null : lowerWait(timeout.node, context),
      lookback: lowerLookback(step, context),
      timed_out: context.branch(step.settings.get('else')?.node),
    };
  },
};

function lowerLookback(step: RawStep, context: StepContext) {
  const node = step.settings.get('lookback')?.node;
  if (node === undefined) return 'entry';
  const text = textOf(node);
  if (text === 'none') return 'none';
  if (text !== null && parseDuration(text) === null) {
    context.report(node.span, wrongValue('"lookback"', '"none", or a period such as "30 minutes"', text));
    return 'entry';
  }
  return positivePeriod(node, context);
}

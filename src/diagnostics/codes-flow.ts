/** Steps, and the flow as a whole. */
import type { Span } from '../source/text.ts';
import { error, type Finding } from './diagnostic.ts';
import { count, quoted, quotedList, suggestion } from './words.ts';

export function unknownStepKind(kind: string, kinds: readonly string[]): Finding {
  return {
    ...error('unknown-step-kind', `unknown step kind ${quoted(kind)}. known kinds are ${quotedList(kinds)}`),
    ...suggestion(kind, kinds),
  };
}

export function missingStepKind(kinds: readonly string[]): Finding {
  return error('missing-step-kind', `a step needs one key that says what it does: ${quotedList(kinds, 'or')}`);
}

export function severalStepKinds(kind: string, other: string, otherSpan: Span): Finding {
  return {
    ...error('several-step-kinds', `"${kind}" and "${other}" cannot stand in one step. each is a step of its own`),
    help: `begin a new step with "- ${kind}:"`,
    related: [{ message: `"${other}" stands here`, span: otherSpan }],
  };
}

export function duplicateId(id: string, first: Span): Finding {
  return {
    ...error('duplicate-id', `step id "${id}" is used twice`),
    related: [{ message: 'first used', span: first }],
  };
}

/** `kind`: the unnamed step that has this id by default. */
export function reservedId(id: string, kind: string, first: Span): Finding {
  return {
    ...error('duplicate-id', `step id "${id}" belongs to a step "${kind}" without an id`),
    help: 'choose another id',
    related: [{ message: 'that step', span: first }],
  };
}

export function duplicateCase(value: string, first: Span): Finding {
  return {
    ...error('duplicate-case', `case ${quoted(value)} is given twice`),
    related: [{ message: 'first given', span: first }],
  };
}

/** `sum`: of the percents, rounded for reading. */
export function splitSum(split: string, sum: number): Finding {
  return {
    ...error('split-sum', `the percents of split ${quoted(split)} sum to ${sum}, not to 100`),
    help: 'an arm without steps is a holdout: give it the rest',
  };
}

export function loopWithoutWait(): Finding {
  return {
    code: 'loop-without-wait',
    severity: 'warning',
    message: 'nothing in these rounds waits: all of them are done at once',
    help: 'add a wait, such as - wait: 1 day',
  };
}

/** Of repeats within one another. */
export function roundsAtOnce(rounds: number, most: number): Finding {
  return {
    ...error(
      'loop-without-wait',
      `nothing in these rounds waits, and there may be ${rounds} of them; at most ${most} are accepted`,
    ),
    help: 'add a wait, such as - wait: 1 day, or repeat less often',
  };
}

/** `way`: names of flows, the same first and last. */
export function flowsInARound(way: readonly string[]): Finding {
  return {
    code: 'loop-without-wait',
    severity: 'warning',
    message: `this comes back to the flow at once, again and again: ${way.join(' → ')}`,
    help: 'add a wait to one of these flows, such as - wait: 1 day, or a "reentry" that ends it, such as "once"',
  };
}

export function deadStep(why: 'exit' | 'branches', where: Span): Finding {
  return {
    ...error(
      'dead-step',
      why === 'exit'
        ? 'nobody reaches this step: the flow is left before it'
        : 'nobody reaches this step: every path before it leaves the flow',
    ),
    related: [{ message: 'left here', span: where }],
  };
}

export function missingTimeout(): Finding {
  return {
    code: 'missing-timeout',
    severity: 'warning',
    message: 'without "timeout" a person for whom the event never comes waits here for ever',
    help: 'add, for example, timeout: 30 days',
  };
}

export function unmatchedEvent(event: string, place: string): Finding {
  return {
    code: 'unmatched-event',
    severity: 'warning',
    message: `this flow has a "key", and any "${event}" of the contact counts for "${place}", whatever its key`,
    help: 'add match: [field] or where; write match: [] if any one is meant',
  };
}

/** A `where` that no event can satisfy. */
export function alwaysFalse(event: string): Finding {
  return {
    ...error('never-comes', `this is never true: no ${quoted(event)} counts here`),
    help: 'compare fields of the event, or remove the entry',
  };
}

/** `sent`: the messages of the flow. */
export function neverSent(event: string, message: string, sent: readonly string[]): Finding {
  const sends = sent.length === 0 ? 'it sends none' : `it sends ${quotedList(sent)}`;
  return {
    ...error('never-comes', `this flow does not send ${quoted(message)}: no ${quoted(event)} of it can come. ${sends}`),
    ...suggestion(message, sent),
  };
}

/** The step hands over to a flow that takes nothing from it. */
export function notTaken(flow: string): Finding {
  return {
    code: 'never-comes',
    severity: 'warning',
    message: `this starts nothing: flow ${quoted(flow)} takes nothing from this one`,
    help: 'add "from_flow" to its "on"',
  };
}

export function noVariablesInGoal(): Finding {
  return {
    ...error('unknown-name', '"where" of a goal cannot look at "vars": a goal may be reached when the run is over'),
    help: 'compare fields of "event", "incoming" or "contact"',
  };
}

/** Quiet hours around the clock, every day. */
export function alwaysQuiet(): Finding {
  return {
    ...error(
      'conflicting-keys',
      '"from" and "to" are the same: it is quiet all day, every day, and no message ever goes out',
    ),
    help: 'give another "to", or the "weekdays" that are quiet from the first minute to the last',
  };
}

/** `people` are at a step that this version lacks, or has as another kind (`now`). */
export function removedStep(facts: {
  readonly step: string;
  readonly kind: string;
  readonly people: number;
  readonly now: string | undefined;
  readonly ids: readonly string[];
}): Finding {
  const { step, kind, people, now, ids } = facts;
  const who = people === 1 ? '1 person is' : `${people} people are`;
  const what = now === undefined ? 'which this version no longer has' : `which is a "${now}" now`;
  return {
    code: 'removed-step',
    severity: 'warning',
    message: `${who} at step ${quoted(step)} (${kind}), ${what}: they finish on the version they are in`,
    help: 'give the step that replaces it the same id and kind, and they move',
    ...(now === undefined && suggestion(step, ids)),
  };
}

export function planTooLarge(bytes: number, limit: number): Finding {
  return {
    ...error(
      'plan-too-large',
      `the compiled flow has ${count(bytes, 'byte')}, more than the ${limit} that travel with every run`,
    ),
    help: 'split the flow in two',
  };
}

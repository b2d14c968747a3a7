/** The registry of step kinds, for the compiler and the docs. A kind of the plan without a definition does not compile. */
import type { StepKind } from '../plan/plan.ts';
import { definition as addToGroup } from './add_to_group/definition.ts';
import { definition as assign } from './assign/definition.ts';
import { definition as check } from './check/definition.ts';
import type { KeyDefinition, StepDefinition } from './definition.ts';
import { definition as emit } from './emit/definition.ts';
import { definition as exit } from './exit/definition.ts';
import { definition as hold } from './hold/definition.ts';
import { definition as removeFromGroup } from './remove_from_group/definition.ts';
import { definition as repeat } from './repeat/definition.ts';
import { expression, short, stepId } from './schemas.ts';
import { definition as sendEmail } from './send_email/definition.ts';
import { definition as sendPush } from './send_push/definition.ts';
import { definition as sendSms } from './send_sms/definition.ts';
import { definition as sendTime } from './send_time/definition.ts';
import { definition as set } from './set/definition.ts';
import { definition as split } from './split/definition.ts';
import { definition as startFlow } from './start_flow/definition.ts';
import { definition as switchStep } from './switch/definition.ts';
import { definition as unset } from './unset/definition.ts';
import { definition as wait } from './wait/definition.ts';
import { definition as waitFor } from './wait_for/definition.ts';

export const definitions: { readonly [K in StepKind]: StepDefinition<K> } = {
  wait,
  wait_for: waitFor,
  send_time: sendTime,
  check,
  switch: switchStep,
  split,
  repeat,
  assign,
  start_flow: startFlow,
  emit,
  hold,
  exit,
  send_email: sendEmail,
  send_sms: sendSms,
  send_push: sendPush,
  set,
  unset,
  add_to_group: addToGroup,
  remove_from_group: removeFromGroup,
};

/** Settings of every step. */
export const commonSettings: { readonly [key: string]: KeyDefinition } = {
  id: { schema: stepId, doc: 'Names the step in expressions, timelines and edits.' },
  name: { schema: short(200), doc: 'Shown to operators.' },
  if: { schema: expression, doc: 'A condition; where it is not true, the step is skipped.' },
};

/** Settings of the language that no step of this version knows yet. */
export const LATER_SETTINGS: readonly string[] = ['retry', 'on_error', 'on_unknown'];

/** Kinds of the language (LANGUAGE.md §5) that this version does not know yet. */
export const LATER_KINDS: readonly string[] = [
  'send_to_group',
  'increment',
  'decrement',
  'delete_contact',
  'save',
  'remove',
  'start_automation',
  'webhook',
];

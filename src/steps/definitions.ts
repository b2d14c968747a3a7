/** The registry of step kinds, for the compiler and the docs. A kind of the plan without a definition does not compile. */
import type { StepKind } from '../plan/plan.ts';
import { definition as addToGroup } from './add_to_group/definition.ts';
import { definition as assign } from './assign/definition.ts';
import { definition as check } from './check/definition.ts';
import { definition as decrement } from './decrement/definition.ts';
import type { KeyDefinition, StepDefinition } from './definition.ts';
import { definition as deleteContact } from './delete_contact/definition.ts';
import { definition as emit } from './emit/definition.ts';
import { definition as exit } from './exit/definition.ts';
import { definition as hold } from './hold/definition.ts';
import { definition as increment } from './increment/definition.ts';
import { definition as remove } from './remove/definition.ts';
import { definition as removeFromGroup } from './remove_from_group/definition.ts';
import { definition as repeat } from './repeat/definition.ts';
import { definition as save } from './save/definition.ts';
import { expression, short, stepId } from './schemas.ts';
import { definition as sendEmail } from './send_email/definition.ts';
import { definition as sendPush } from './send_push/definition.ts';
import { definition as sendSms } from './send_sms/definition.ts';
import { definition as sendTime } from './send_time/definition.ts';
import { definition as sendToGroup } from './send_to_group/definition.ts';
import { definition as set } from './set/definition.ts';
import { definition as split } from './split/definition.ts';
import { definition as startAutomation } from './start_automation/definition.ts';
import { definition as startFlow } from './start_flow/definition.ts';
import { definition as switchStep } from './switch/definition.ts';
import { definition as unset } from './unset/definition.ts';
import { definition as wait } from './wait/definition.ts';
import { definition as waitFor } from './wait_for/definition.ts';
import { definition as webhook } from './webhook/definition.ts';

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
  send_to_group: sendToGroup,
  set,
  increment,
  decrement,
  unset,
  add_to_group: addToGroup,
  remove_from_group: removeFromGroup,
  delete_contact: deleteContact,
  save,
  remove,
  start_automation: startAutomation,
  webhook,
};

/** Settings of every step. */
export const commonSettings: { readonly [key: string]: KeyDefinition } = {
  id: { schema: stepId, doc: 'Names the step in expressions, timelines and edits.' },
  name: { schema: short(200), doc: 'Shown to operators.' },
  if: { schema: expression, doc: 'A condition; where it is not true, the step is skipped.' },
};

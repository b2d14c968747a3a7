/** The registry of behavior, for the hosts. A kind of the plan without a runner does not compile. */
import type { PlanStep, PlanSteps, StepKind } from '../plan/plan.ts';
import type { Task } from '../plan/task.ts';
import { run as addToGroup } from './add_to_group/run.ts';
import { run as assign } from './assign/run.ts';
import { run as check } from './check/run.ts';
import { run as decrement } from './decrement/run.ts';
import { run as deleteContact } from './delete_contact/run.ts';
import { run as emit } from './emit/run.ts';
import { run as exit } from './exit/run.ts';
import { run as hold } from './hold/run.ts';
import type { Host, Runner, StepResult } from './host.ts';
import { run as increment } from './increment/run.ts';
import { run as remove } from './remove/run.ts';
import { run as removeFromGroup } from './remove_from_group/run.ts';
import { run as repeat } from './repeat/run.ts';
import { run as save } from './save/run.ts';
import { run as sendEmail } from './send_email/run.ts';
import { run as sendPush } from './send_push/run.ts';
import { run as sendSms } from './send_sms/run.ts';
import { run as sendTime } from './send_time/run.ts';
import { run as sendToGroup } from './send_to_group/run.ts';
import { run as set } from './set/run.ts';
import { run as split } from './split/run.ts';
import { run as startAutomation } from './start_automation/run.ts';
import { run as startFlow } from './start_flow/run.ts';
import { run as switchStep } from './switch/run.ts';
import { run as unset } from './unset/run.ts';
import { run as wait } from './wait/run.ts';
import { run as waitFor } from './wait_for/run.ts';
import { run as webhook } from './webhook/run.ts';

const runners: { readonly [K in StepKind]: Runner<K> } = {
  add_to_group: addToGroup,
  assign,
  check,
  emit,
  exit,
  hold,
  remove_from_group: removeFromGroup,
  decrement,
  delete_contact: deleteContact,
  increment,
  remove,
  save,
  send_to_group: sendToGroup,
  start_automation: startAutomation,
  webhook,
  repeat,
  send_email: sendEmail,
  send_push: sendPush,
  send_sms: sendSms,
  send_time: sendTime,
  set,
  split,
  start_flow: startFlow,
  switch: switchStep,
  unset,
  wait,
  wait_for: waitFor,
};

export function* runStep(step: PlanStep, host: Host): Task<StepResult> {
  const result = dispatch(step, host);
  return Symbol.iterator in result ? yield* result : result;
}

function dispatch<K extends StepKind>(step: PlanSteps[K] & { readonly kind: K }, host: Host): ReturnType<Runner<K>> {
  return runners[step.kind](step, host);
}

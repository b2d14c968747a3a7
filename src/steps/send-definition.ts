/** What the definitions of the three message steps have in common. */
import * as z from 'zod';
import { missingParameters, unknownMessage, unknownParameter, wrongChannel } from '../diagnostics/codes-names.ts';
import { wrongType } from '../diagnostics/codes-shape.ts';
import { nearest } from '../diagnostics/nearest.ts';
import type { Expr } from '../plan/expression.ts';
import type { Acting, Named, PlanSteps } from '../plan/plan.ts';
import type { Channel, Message } from '../plan/project.ts';
import { textOf } from '../source/node.ts';
import { actingSettings, lowerActing, onUnknownSetting, prioritySetting } from './acting-definition.ts';
import { lowerAttributes } from './attributes.ts';
import type { KeyDefinition, RawStep, StepContext } from './definition.ts';
import { text, values } from './schemas.ts';

export const messageKey: KeyDefinition = {
  schema: z.string().min(1).describe('the name of a message in mapp.yaml'),
  doc: 'A message of the catalogue.',
};

export const sendSettings: { readonly [key: string]: KeyDefinition } = {
  with: {
    schema: values,
    doc: "The message's parameters; one whose value is null is left out, a needed one too: `default(…)` says what stands instead.",
  },
  set: { schema: values, doc: 'Profile attributes, written by the same call to Mapp.' },
  transaction_id: { schema: text, doc: "Mapp's external transaction formula." },
  priority: prioritySetting,
  ...actingSettings,
  on_unknown: onUnknownSetting,
};

type Sends = 'send_email' | 'send_sms' | 'send_push';
type LoweredSend = Pick<
  PlanSteps[Sends],
  'message' | 'with' | 'set' | 'transaction_id' | 'priority' | 'via' | keyof Acting
>;

export function lowerSend(step: RawStep, channel: Channel, context: StepContext): LoweredSend {
  const { name, message } = findMessage(step, channel, context);
  const transaction = step.settings.get('transaction_id');
  return {
    message: { name, id: message?.id ?? name },
    with: lowerParameters(step, name, message, context),
    set: lowerAttributes(step.settings.get('set')?.node, context),
    transaction_id: transaction === undefined ? null : context.scalar(transaction.node).expr,
    priority: textOf(step.settings.get('priority')?.node) === 'transactional' ? 'transactional' : 'normal',
    ...(message?.via === 'engage' && { via: 'engage' }),
    ...lowerActing(step, context, true),
  };
}

/** `message` is absent where the catalogue lists no messages, or the name is wrong. */
export function findMessage(
  step: RawStep,
  channel: Channel,
  { project, report }: StepContext,
): { name: string; message?: Message } {
  const name = textOf(step.what);
  if (name === null || project.messages === null) return { name: name ?? '' };
  const message = Object.hasOwn(project.messages, name) ? project.messages[name] : undefined;
  if (message === undefined) {
    const others = Object.entries(project.messages).filter(([, one]) => one.channel === channel);
    report(
      step.what.span,
      unknownMessage(
        name,
        channel,
        others.map(([other]) => other),
      ),
    );
    return { name };
  }
  if (message.channel !== channel) report(step.what.span, wrongChannel(name, message.channel, step.kind));
  return { name, message };
}

function lowerParameters(
  step: RawStep,
  name: string,
  message: Message | undefined,
  context: StepContext,
): { [parameter: string]: Expr } {
  const given = step.settings.get('with')?.node;
  const entries = given?.type === 'map' ? given.entries : [];
  const known = message?.parameters ?? null;
  const names = (known ?? []).map((one) => one.name);
  const lowered = entries.map(({ key, keySpan, value }): [string, Expr] => {
    if (known !== null && !names.includes(key)) context.report(keySpan, unknownParameter(key, name, names));
    if (value.type === 'scalar' && value.value === null) {
      context.report(keySpan, wrongType(`the value of "${key}"`, 'a text, number or expression', 'nothing'));
    }
    return [key, context.value(value).expr];
  });
  const unknown = entries.filter(({ key }) => !names.includes(key)).map(({ key }) => key);
  // A misspelt parameter is one mistake, not an unknown one and a missing one.
  const isMisspelt = (name: string) => unknown.some((one) => nearest(one, names) === name);
  const missing = (known ?? [])
    .filter((one) => !one.optional && !entries.some(({ key }) => key === one.name) && !isMisspelt(one.name))
    .map((one) => one.name);
  if (missing.length > 0 && given?.type !== 'broken' && (given !== undefined || !step.misspelt.includes('with'))) {
    context.report(step.what.span, missingParameters(name, missing));
  }
  return Object.fromEntries(lowered);
}

/** An app of the catalogue; where it lists none, the name is the id. */
export function namedApp(name: string, apps: { readonly [name: string]: string } | null): Named | null {
  if (apps === null) return { name, id: name };
  const id = Object.hasOwn(apps, name) ? apps[name] : undefined;
  return id === undefined ? null : { name, id };
}

import type { StepDefinition } from '../definition.ts';
import { lowerSend, messageKey, sendSettings } from '../send-definition.ts';

export const definition: StepDefinition<'send_sms'> = {
  kind: 'send_sms',
  summary: 'Sends a text message (SMS).',
  cost: 'effect',
  what: messageKey,
  settings: sendSettings,
  lower: (step, context) => lowerSend(step, 'sms', context),
};

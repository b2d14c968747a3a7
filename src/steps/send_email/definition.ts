import type { StepDefinition } from '../definition.ts';
import { lowerSend, messageKey, sendSettings } from '../send-definition.ts';

export const definition: StepDefinition<'send_email'> = {
  kind: 'send_email',
  summary: 'Sends an e-mail.',
  cost: 'effect',
  what: messageKey,
  settings: sendSettings,
  lower: (step, context) => lowerSend(step, 'email', context),
};

import type { Runner } from '../host.ts';
import { send } from '../send.ts';

export const run: Runner<'send_sms'> = (step, host) => send(step, 'sms', host);

import type { Runner } from '../host.ts';
import { send } from '../send.ts';

export const run: Runner<'send_email'> = (step, host) => send(step, 'email', host);

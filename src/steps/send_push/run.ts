import type { Runner } from '../host.ts';
import { send } from '../send.ts';

export const run: Runner<'send_push'> = (step, host) => send(step, 'push', host);

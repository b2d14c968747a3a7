import type { Runner } from '../host.ts';
import { changeRecord } from '../record.ts';

export const run: Runner<'remove'> = (step, host) => changeRecord(step, host);

import type { Runner } from '../host.ts';
import { changeRecord } from '../record.ts';

export const run: Runner<'save'> = (step, host) => changeRecord(step, host);

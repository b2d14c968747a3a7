import { count } from '../count.ts';
import type { Runner } from '../host.ts';

export const run: Runner<'increment'> = (step, host) => count(step, 1, host);

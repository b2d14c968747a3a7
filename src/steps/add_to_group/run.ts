import { changeGroups } from '../groups.ts';
import type { Runner } from '../host.ts';

export const run: Runner<'add_to_group'> = (step, host) => changeGroups(step, host);

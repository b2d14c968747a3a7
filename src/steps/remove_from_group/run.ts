import { changeGroups } from '../groups.ts';
import type { Runner } from '../host.ts';

export const run: Runner<'remove_from_group'> = (step, host) => changeGroups(step, host);

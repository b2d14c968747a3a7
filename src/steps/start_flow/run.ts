import { handOver } from '../handover.ts';
import type { Runner } from '../host.ts';

export const run: Runner<'start_flow'> = (step, host) => handOver(step, host, { event: 'from_flow', flow: step.flow });

import { handOver } from '../handover.ts';
import type { Runner } from '../host.ts';

export const run: Runner<'emit'> = (step, host) => handOver(step, host, { event: step.event, flow: null });

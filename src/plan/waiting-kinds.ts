import type { StepKind } from './plan.ts';

/** Steps that take time because they say so. */
export const WAITING_KINDS: readonly StepKind[] = ['wait', 'wait_for', 'send_time', 'hold'];

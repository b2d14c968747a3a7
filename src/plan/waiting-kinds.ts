import type { StepKind } from './plan.ts';

/** Steps that take time because they say so. Runs migrate at them: what is taken away here changes how runs behave. */
export const WAITING_KINDS: readonly StepKind[] = ['wait', 'wait_for', 'send_time', 'hold'];

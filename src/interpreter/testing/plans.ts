/** Plans of a few steps, for tests of what runs them. */
import type { Plan, PlanStep } from '../../plan/plan.ts';

export function email(id: string, next: string | null, more: object = {}): PlanStep {
  return {
    kind: 'send_email',
    id,
    message: { name: id, id: '1' },
    with: {},
    set: {},
    transaction_id: null,
    priority: 'normal',
    next,
    ...more,
  } as PlanStep;
}

export function wait(id: string, next: string | null, spec: object): PlanStep {
  return { kind: 'wait', id, spec, next } as PlanStep;
}

/** Begins with the first of the steps; in Berlin, unless told otherwise. */
export function planOf(steps: readonly PlanStep[], more: Partial<Plan> = {}): Plan {
  return {
    format: 1,
    flow: 'test',
    hash: '0',
    description: null,
    status: 'active',
    timezone: 'Europe/Berlin',
    project_timezone: 'Europe/Berlin',
    on: [],
    key: null,
    reentry: { mode: 'after_exit' },
    exit_on: [],
    max_event_age: 86_400_000,
    listens: [],
    first: steps[0]?.id ?? null,
    steps: Object.fromEntries(steps.map((step) => [step.id, step])),
    groups: {},
    ...more,
  };
}

import type { Handover, Operation } from '../plan/effect.ts';
import type { FlowEvent } from '../plan/event.ts';
import type { Expr } from '../plan/expression.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import type { HoldDecision } from '../plan/notice.ts';
import type { Acting, PlanSteps, StepKind, WaitSpec } from '../plan/plan.ts';
import type { Task } from '../plan/task.ts';

/**
 * All that a step may do to the world. Two hosts implement it, over Temporal and in virtual time, and pass one contract
 * suite. A host ends the run by itself when the person exits: a step never sees that. What takes time is a `Task`, to be
 * begun by `yield*`: `const result = yield* host.act(…)`.
 */
export interface Host {
  /** the run's clock, in ms since the epoch; moves only while the host waits */
  now(): number;
  evaluate(expr: Expr): Json;
  /** values an expression would see, by path as the author wrote it; for the timeline */
  saw(expr: Expr): { readonly [path: string]: Json };
  /** ends when the moment of `spec` has come; `passed`: it had already passed when the wait began */
  wait(step: PlanSteps[StepKind], spec: WaitSpec): Task<{ readonly passed: boolean }>;
  /** the earliest matching event and the arm that takes it, or null on time-out */
  waitFor(step: PlanSteps['wait_for']): Task<{ readonly arm: number; readonly event: FlowEvent } | null>;
  /** waits until an operator has decided, or the time-out; `text` tells them what about */
  hold(step: PlanSteps['hold'], text: string): Task<HoldDecision | 'timed_out'>;
  /** waits for the hour in which the contact most often reacts */
  sendTime(step: PlanSteps['send_time']): Task<void>;
  /** begins the next round, counted from 1, or ends the repeat; `round` is then the number of rounds that were */
  round(step: PlanSteps['repeat']): { readonly round: number; readonly over: boolean };
  /** the first identifier the person was known by, normalized; only where the step's `reads` ask for it */
  identity(): string;
  /** does the operation once, whatever happens to the process; parks the run until a person decides where nobody can know */
  act(step: PlanSteps[StepKind] & Acting, operation: Operation | Handover, part?: number): Task<ActResult>;
  /** parks the run: only a person can say how this step goes on. `again`: do it once more; `skip`: leave it out */
  park(step: PlanSteps[StepKind], reason: string): Task<'again' | 'skip'>;
  /** assigns `vars.x` */
  assign(vars: { readonly [name: string]: Json }): void;
  groupId(name: string): string | undefined;
}

export type ActResult =
  /** `answer`: the values a count wrote, `status` and `body` of a webhook */
  | { readonly outcome: 'done'; readonly answer?: JsonObject }
  | { readonly outcome: 'skipped'; readonly reason: string }
  | { readonly outcome: 'failed'; readonly reason: string; readonly answer?: JsonObject }
  | { readonly outcome: 'unknown'; readonly reason: string };

/** What a step answers: where to go, and what the timeline and `steps.id` say of it. */
export interface StepResult {
  readonly next: string | null;
  readonly outcome: string;
  readonly what?: string;
  readonly data?: { readonly [name: string]: Json };
  readonly saw?: { readonly [path: string]: Json };
  /** further fields of `steps.id` (`event`, `arm`, …) */
  readonly result?: { readonly [field: string]: Json };
  /** leaves the flow with this reason */
  readonly exit?: string;
}

/** A kind that takes no time answers at once; one that does is a `function*`. */
export type Runner<K extends StepKind> = (step: PlanSteps[K], host: Host) => StepResult | Task<StepResult>;

/**
 * The plan: what the compiler makes of a flow and the interpreter runs. Plain JSON; it travels in the input of every
 * run, so that an edit of the flow never reaches a person inside. A change of its meaning needs a new `format`.
 */
import type { Expr, Reads } from './expression.ts';

export const PLAN_FORMAT = 1;

export interface Plan {
  readonly format: typeof PLAN_FORMAT;
  readonly flow: string;
  /** content hash of everything but `hash` and `status`: the version of the flow, 16 hex digits */
  readonly hash: string;
  readonly description: string | null;
  readonly status: FlowStatus;
  /** IANA zone, or `contact` */
  readonly timezone: string;
  /** the zone used where `timezone` is `contact` and the contact has none */
  readonly project_timezone: string;
  readonly on: readonly Listener[];
  /** one run per contact and value of this; null = one run per contact */
  readonly key: Expr | null;
  readonly reentry: Reentry;
  readonly exit_on: readonly ExitListener[];
  /** milliseconds; an event older than that when received starts nothing */
  readonly max_event_age: number;
  /** every event name that a run wants to be told of: those of `exit_on` and of all `wait_for` */
  readonly listens: readonly string[];
  /** id of the first step; null for a flow without steps */
  readonly first: string | null;
  readonly steps: { readonly [id: string]: PlanStep };
  /** names to ids; only what steps that choose at run time (a group from an expression) need */
  readonly groups: { readonly [name: string]: string };
}

export type FlowStatus = 'active' | 'draft' | 'paused' | 'draining' | 'stopped';

export type Reentry =
  | { readonly mode: 'once' | 'after_exit' | 'always' | 'restart' }
  | { readonly mode: 'cooldown'; readonly period: Duration };

/** An event somebody waits for: in `on`, `exit_on` and `wait_for` alike. */
export interface Listener {
  readonly event: string;
  readonly where: Expr | null;
  /** fields that must have the same value (never null) in the starting event and this one */
  readonly match: readonly string[];
  /** what `where` needs from the store */
  readonly reads?: Reads;
}

export interface ExitListener extends Listener {
  readonly reason: string;
}

/** A period on the calendar: months and days keep the local clock time, milliseconds are exact. */
export interface Duration {
  readonly months: number;
  readonly days: number;
  readonly ms: number;
}

/** When a wait ends (LANGUAGE.md §5, Time). A text that makes a period is an expression, parsed when the step runs. */
export interface WaitSpec {
  /** a period, from the beginning of the wait */
  readonly for?: Duration | { readonly text: Expr };
  /** or a moment: a timestamp or a date */
  readonly until?: Expr;
  readonly offset?: Duration;
  /** 1 = Monday … 7 = Sunday, sorted */
  readonly weekdays?: readonly number[];
  /** minutes after midnight, local */
  readonly at?: number;
  /** IANA zone or `contact`; default: the flow's */
  readonly timezone?: string;
}

/** A named thing of the catalogue, resolved. */
export interface Named {
  readonly name: string;
  readonly id: string;
}

interface Step<K extends string> {
  readonly kind: K;
  readonly id: string;
  /** shown to operators */
  readonly name?: string;
  /** skipped when this is false */
  readonly if?: Expr;
  /** one read brings this before the step runs */
  readonly reads?: Reads;
  /** the step behind this one; null = the flow is completed */
  readonly next: string | null;
}

interface Send<K extends string> extends Step<K> {
  readonly message: Named;
  readonly with: { readonly [parameter: string]: Expr };
  readonly set: { readonly [attribute: string]: Expr };
  readonly transaction_id: Expr | null;
  readonly priority: 'normal' | 'transactional';
}

/** One entry per step kind; the union, both registries and the docs derive from it. Branches name their first step. */
export interface PlanSteps {
  wait: Step<'wait'> & {
    readonly spec: WaitSpec;
    /** only with `until`: where to go when the moment was still ahead, or had passed; else `next` */
    readonly ahead?: string | null;
    readonly passed?: string | null;
  };
  wait_for: Step<'wait_for'> & {
    readonly arms: readonly { readonly on: Listener; readonly then: string | null }[];
    readonly timeout: WaitSpec | null;
    /** `entry`: back to the starting event; `none`: only what comes after this step began; else a period before it */
    readonly lookback: 'entry' | 'none' | Duration;
    readonly timed_out: string | null;
  };
  check: Step<'check'> & {
    readonly condition: Expr;
    readonly yes: string | null;
    readonly no: string | null;
  };
  switch: Step<'switch'> & {
    readonly value: Expr;
    readonly cases: readonly { readonly values: readonly string[]; readonly to: string | null }[];
    readonly default: string | null;
  };
  assign: Step<'assign'> & { readonly vars: { readonly [name: string]: Expr } };
  exit: Step<'exit'> & { readonly reason: Expr };
  send_email: Send<'send_email'>;
  send_sms: Send<'send_sms'>;
  send_push: Send<'send_push'> & { readonly app: Named };
  set: Step<'set'> & { readonly attributes: { readonly [attribute: string]: Expr } };
  unset: Step<'unset'> & { readonly attributes: readonly string[] };
  add_to_group: Step<'add_to_group'> & {
    readonly groups: readonly Named[] | { readonly names: Expr };
    readonly opt_in: 'single' | 'confirmed' | 'double';
  };
  remove_from_group: Step<'remove_from_group'> & { readonly groups: readonly Named[] | { readonly names: Expr } };
}

export type StepKind = keyof PlanSteps;
export type PlanStep = PlanSteps[StepKind];

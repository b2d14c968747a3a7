/**
 * The plan: what the compiler makes of a flow and the interpreter runs. Plain JSON; it travels in the input of every
 * run, so that an edit of the flow never reaches a person inside. A change of its meaning needs a new `format`.
 */
import type { IdentifierKind } from './event.ts';
import type { Expr, Reads } from './expression.ts';
import type { Cap } from './limits.ts';
import type { QuietHours } from './quiet-hours.ts';
import type { DateEntry, ScheduleEntry } from './timed-entry.ts';

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
  /** people inside move to this version from an older one, at their next wait */
  readonly on_change?: 'migrate';
  readonly goals?: readonly Goal[];
  readonly quiet_hours?: QuietHours;
  /** the flow's own and the project's: all hold */
  readonly caps?: readonly Cap[];
  /** what becomes of a message that is due while the flow is paused or the engine down; absent: it is sent */
  readonly on_late?: 'skip' | 'next_window';
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
  /** only with `from_flow`: the flow that hands over; absent = any */
  readonly from?: string;
  /** only with `date` and `schedule`: when, and for whom */
  readonly date?: DateEntry;
  readonly schedule?: ScheduleEntry;
}

export interface ExitListener extends Listener {
  readonly reason: string;
  /** makes the reason of the event; where it makes no text, `reason` stands */
  readonly says?: Expr;
}

/** A conversion. Several of one name are one goal: whichever comes first counts, once per run. */
export interface Goal extends Listener {
  readonly name: string;
  /** from the entry, also after the run has ended; absent: while the person is inside */
  readonly within?: Duration;
  /** the person leaves, with the goal's name as reason */
  readonly exit?: true;
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

/** Settings of steps that act on the world (LANGUAGE.md §5); each is absent where it is the default, `park`. */
export interface Acting {
  /** what happens when the step cannot do its work */
  readonly on_error?: 'continue' | 'exit';
  readonly retry?: Retry;
  /** what happens when nobody can tell whether Mapp took a call that must not be made twice */
  readonly on_unknown?: 'resend' | 'skip' | 'reconcile';
}

export interface Retry {
  /** in all, the first one included */
  readonly attempts: number;
  /** ms before the second attempt; doubles with every further one */
  readonly backoff: number;
}

/** What the ecommerce and data kinds of `save` and `remove` are about. */
export const RECORD_KINDS = [
  'transaction',
  'product',
  'abandoned_cart',
  'abandoned_browse',
  'wishlist',
  'recommended_product',
  'coupon',
  'related_data',
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

export const WEBHOOK_METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type WebhookMethod = (typeof WEBHOOK_METHODS)[number];

interface Count<K extends string> extends Step<K>, Acting {
  /** by how much each attribute changes */
  readonly amounts: { readonly [attribute: string]: Expr };
  /** member attributes of this group */
  readonly group?: Named;
}

interface Send<K extends string> extends Step<K>, Acting {
  readonly message: Named;
  readonly with: { readonly [parameter: string]: Expr };
  readonly set: { readonly [attribute: string]: Expr };
  readonly transaction_id: Expr | null;
  readonly priority: 'normal' | 'transactional';
  /** through Mapp Engage; absent: Connect */
  readonly via?: 'engage';
}

/** What `emit` and `start_flow` pass on. */
interface PassesOn extends Acting {
  readonly with: { readonly [field: string]: Expr };
  /** identifiers of another contact; null = the one of this run */
  readonly contact: { readonly [K in IdentifierKind]?: Expr } | null;
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
  send_push: Send<'send_push'> & { readonly app: Named; readonly web?: true };
  send_to_group: Step<'send_to_group'> & Acting & { readonly message: Named; readonly group: Named };
  /** `group`: member attributes of that group */
  set: Step<'set'> & Acting & { readonly attributes: { readonly [attribute: string]: Expr }; readonly group?: Named };
  unset: Step<'unset'> & Acting & { readonly attributes: readonly string[]; readonly group?: Named };
  increment: Count<'increment'>;
  decrement: Count<'decrement'>;
  add_to_group: Step<'add_to_group'> &
    Acting & {
      readonly groups: readonly Named[] | { readonly names: Expr };
      readonly opt_in: 'single' | 'confirmed' | 'double';
    };
  /** `unsubscribe`: the contact's objection is recorded */
  remove_from_group: Step<'remove_from_group'> &
    Acting & { readonly groups: readonly Named[] | { readonly names: Expr }; readonly unsubscribe?: true };
  delete_contact: Step<'delete_contact'> & Acting;
  /** `with`: fields by Mapp's names; `mode` and `filter` only with `related_data` */
  save: Step<'save'> &
    Acting & {
      readonly record: RecordKind;
      readonly with: { readonly [field: string]: Expr };
      readonly mode?: 'add' | 'update';
      readonly filter?: { readonly [column: string]: Expr };
    };
  remove: Step<'remove'> &
    Acting & {
      readonly record: RecordKind;
      readonly with: { readonly [field: string]: Expr };
      readonly filter?: { readonly [column: string]: Expr };
    };
  /** `event`: the external event's name, as registered at Mapp */
  start_automation: Step<'start_automation'> &
    Acting & { readonly event: string; readonly with: { readonly [field: string]: Expr } };
  webhook: Step<'webhook'> &
    Acting & {
      readonly url: Expr;
      readonly method: WebhookMethod;
      readonly headers: { readonly [name: string]: Expr };
      /** null = no body; a text goes out as it is, anything else as JSON */
      readonly body: Expr;
      /** ms for the whole call */
      readonly timeout: number;
      /** statuses that count as success; null = any 2xx */
      readonly expect: readonly number[] | null;
      /** name of the environment variable that holds the token, never the token */
      readonly bearer: string | null;
    };
  split: Step<'split'> & {
    readonly split: string;
    /** in file order; percents sum to 100 */
    readonly arms: readonly { readonly name: string; readonly percent: number; readonly to: string | null }[];
  };
  repeat: Step<'repeat'> & {
    /** 1 to 100 */
    readonly times: number;
    /** looked at before every round */
    readonly until: Expr | null;
    /** first step of a round; its last ones go back to this step */
    readonly body: string;
  };
  hold: Step<'hold'> & {
    readonly text: Expr;
    readonly timeout: WaitSpec | null;
    readonly approved: string | null;
    /** rejected, or timed out */
    readonly rejected: string | null;
  };
  emit: Step<'emit'> & PassesOn & { readonly event: string };
  start_flow: Step<'start_flow'> & PassesOn & { readonly flow: string };
  send_time: Step<'send_time'> & { readonly within: Duration };
}

export type StepKind = keyof PlanSteps;
export type PlanStep = PlanSteps[StepKind];

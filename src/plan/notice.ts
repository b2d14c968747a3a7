/**
 * What reaches a run from outside. Notices are numbered per run when they are decided (PROTOCOLS.md §1, barrier); notice 0
 * is the start. A run drops every notice whose number is not above the last one it has seen.
 */
import type { FlowEvent } from './event.ts';
import type { Json } from './json.ts';
import type { Plan } from './plan.ts';
import type { RunState } from './run-state.ts';

export type NoticeBody =
  /** `received`: when we heard of it, ISO 8601 UTC; `goals`: names of those it was counted for */
  | {
      readonly kind: 'event';
      readonly event: FlowEvent;
      readonly received?: string;
      readonly goals?: readonly string[];
    }
  /** leave now: an operator, a stopped flow (`stopped`), a restart (`restarted`) */
  | { readonly kind: 'exit'; readonly reason: string }
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** the newer version to move to; rows hold its hash only, and the plan is put beside it when it is sent */
  | { readonly kind: 'migrate'; readonly hash: string; readonly plan?: Plan }
  /** frees a parked step; the ledger row was changed in the transaction that decided this */
  | { readonly kind: 'resolve'; readonly step: string; readonly as: 'sent' | 'resend' | 'skip' }
  /** an operator's word on a hold; one that stands at another step drops it */
  | { readonly kind: 'decide'; readonly step: string; readonly as: HoldDecision }
  /** late evidence about an unknown effect */
  | {
      readonly kind: 'settled';
      readonly key: string;
      readonly outcome: 'accepted' | 'rejected';
      readonly reason?: string;
    };

export type HoldDecision = 'approved' | 'rejected';

export type Notice = NoticeBody & { readonly n: number };

/** signal carrying one `Notice` */
export const NOTICE_SIGNAL = 'notice';
/** update carrying one event `Notice`; answers whether the run exits by it. Its id is the inbox id. */
export const NOTICE_UPDATE = 'notice_update';
export interface NoticeAnswer {
  readonly exited: boolean;
}
/** query: where the run is, and its timeline so far */
export const STATE_QUERY = 'state';

export interface RunInput {
  readonly plan: Plan;
  /** our own id of the entry: a UUID, first part of every effect's key */
  readonly entry: string;
  readonly person: string;
  /** value of the flow's `key` for this run */
  readonly key: string | null;
  readonly event: FlowEvent;
  /** when the entry was decided, ISO 8601 UTC */
  readonly entered: string;
  /** when the event was received, ISO 8601 UTC; absent in runs of before that was told always */
  readonly received?: string;
  /** every timer is divided by this; above 1 only in `dev` */
  readonly speed: number;
  readonly paused?: boolean;
  /** after continue-as-new */
  readonly state?: RunState;
}

export type RunStatus = 'running' | 'waiting' | 'held' | 'paused' | 'parked' | 'exited' | 'completed' | 'failed';

/** One line of a person's timeline. `at` is the run's own clock (equal to real time at speed 1), ISO 8601 UTC. */
export interface TrailLine {
  /** from 0, gapless within a run; survives continue-as-new */
  readonly seq: number;
  readonly at: string;
  /** step id; null for `enter`, `goal` and `exit` */
  readonly step: string | null;
  /** step kind, `enter`, `goal` or `exit` */
  readonly kind: string;
  /** the message, event, group, reason … the line is about */
  readonly what?: string;
  readonly outcome?: string;
  /** what was sent or written: parameters, attributes */
  readonly data?: { readonly [name: string]: Json };
  /** the values a decision saw, by the path as the author wrote it: `{ "contact.Purchases": 0 }` */
  readonly saw?: { readonly [path: string]: Json };
}

/** Answer of the state query; also what the sink writes to the store as the run's position. */
export interface RunPosition {
  readonly status: RunStatus;
  readonly step: string | null;
  readonly kind: string | null;
  /** ISO 8601 UTC, real time */
  readonly since: string;
  /** what comes next, in words, and how to unblock where it is stuck */
  readonly next: string | null;
  readonly reason?: string;
  /** hash of the plan, where it is another one than the run entered with */
  readonly version?: string;
}

export interface RunReport {
  readonly position: RunPosition;
  readonly trail: readonly TrailLine[];
}

/** Result of the workflow. */
export interface RunResult extends RunReport {
  readonly outcome: 'completed' | 'exited';
  /** `completed`, or why the person left */
  readonly reason: string;
}

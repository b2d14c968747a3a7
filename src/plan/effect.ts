/** What a run asks the delivery ledger to do, and what it hears back (PROTOCOLS.md §1). */
import type { Contact, FlowEvent } from './event.ts';
import type { Json, JsonObject } from './json.ts';
import type { Limits } from './limits.ts';
import type { Named, RecordKind, WebhookMethod } from './plan.ts';

export type Operation =
  | {
      readonly type: 'send';
      readonly channel: 'email' | 'sms' | 'push';
      readonly message: Named;
      readonly parameters: JsonObject;
      /** profile attributes written by the same call; null clears one */
      readonly set: JsonObject;
      readonly transactionId: string | null;
      readonly priority: 'normal' | 'transactional';
      /** push only */
      readonly app?: Named;
      /** push to browsers, which have no app */
      readonly web?: true;
      /** through Mapp Engage; absent: Connect */
      readonly via?: 'engage';
    }
  /** attribute values; null clears one. `group`: member attributes of that group */
  | { readonly type: 'profile'; readonly set: JsonObject; readonly group?: Named }
  /**
   * Adds to attributes; a missing one counts from 0. The values to write are computed once, before the first call, from
   * what the store knows, and kept in the ledger's row as `set`.
   */
  | {
      readonly type: 'count';
      readonly add: { readonly [attribute: string]: number };
      readonly group?: Named;
      /** only in the ledger's row */
      readonly set?: JsonObject;
    }
  | {
      readonly type: 'group';
      readonly action: 'add' | 'remove';
      readonly group: Named;
      readonly optIn: 'single' | 'confirmed' | 'double';
      /** with `remove`: Mapp keeps the contact's objection, where else the membership only ends */
      readonly unsubscribe?: true;
    }
  /** a message to everybody in a group */
  | { readonly type: 'group_send'; readonly message: Named; readonly group: Named }
  | { readonly type: 'delete_contact' }
  /** `fields` by Mapp's names; `mode` (with `save`) and `filter` only with `related_data` */
  | {
      readonly type: 'record';
      readonly action: 'save' | 'remove';
      readonly record: RecordKind;
      readonly fields: JsonObject;
      readonly mode?: 'add' | 'update';
      readonly filter?: JsonObject;
    }
  /** an external event of Mapp, which starts a Whiteboard */
  | { readonly type: 'automation'; readonly event: string; readonly fields: JsonObject }
  | Webhook;

/** An HTTP call to anywhere. */
export interface Webhook {
  readonly type: 'webhook';
  readonly method: WebhookMethod;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  /** null = none; a text goes out as it is, anything else as JSON */
  readonly body: Json;
  /** ms for the whole call */
  readonly timeout: number;
  /** statuses that count as success; null = any 2xx */
  readonly expect: readonly number[] | null;
  /** name of the environment variable with the token; its value is known to the activity only */
  readonly bearer: string | null;
}

/** A row for our own inbox: what `emit` and `start_flow` do. Never a call to Mapp. */
export interface Handover {
  readonly type: 'handover';
  /** name of the event; `from_flow` for `start_flow` */
  readonly event: string;
  /** the flow to start; null for `emit` */
  readonly flow: string | null;
  readonly data: JsonObject;
  /** another contact; null: the one of the run */
  readonly contact: Contact | null;
}

export interface Effect<O extends Operation | Handover = Operation> {
  /** `entry/step/visit/generation`: unique for ever, the same after a Temporal reset (`effectKey`) */
  readonly key: string;
  readonly entry: string;
  readonly step: string;
  readonly kind: string;
  readonly visit: number;
  readonly generation: number;
  /** number of the last notice the run has seen: the barrier */
  readonly n: number;
  readonly operation: O;
  /** what the step's settings decide in an operator's place; `reconcile`: look in the contact's message history */
  readonly decides?: Decides;
  /** only with messages to the contact, where the plan limits them */
  readonly limits?: Limits;
}

export interface Decides {
  readonly unknown?: 'resend' | 'skip' | 'reconcile';
  readonly rejected?: 'resend' | 'skip';
}

export type AnyEffect = Effect<Operation | Handover>;

/**
 * `resolution: 'resend'`: an operator or the step's settings decided to send again; the run goes on with generation + 1.
 * `skip`: the settings decided to go on without it. `answer`: the values a `count` wrote; `status` and `body` of a webhook.
 */
export type EffectResult =
  /** Mapp took it */
  | { readonly outcome: 'accepted'; readonly answer?: JsonObject }
  /** Mapp refused it, provably: nothing was sent */
  | {
      readonly outcome: 'rejected';
      readonly reason: string;
      readonly resolution?: 'resend' | 'skip';
      readonly answer?: JsonObject;
    }
  /** not sent on purpose: `no_address`, `operator`, … */
  | { readonly outcome: 'skipped'; readonly reason: string }
  /** nobody can tell whether Mapp took it */
  | { readonly outcome: 'unknown'; readonly reason: string; readonly resolution?: 'resend' | 'skip' }
  /** a notice up to number `n` was decided that the run has not seen: see it first, then ask again */
  | { readonly outcome: 'look'; readonly n: number }
  /** nothing was sent or written down: not before `until`, ms on the run's clock */
  | { readonly outcome: 'hold'; readonly until: number; readonly why: 'quiet' | 'late' }
  /** nothing was sent; ask again as an ordinary activity */
  | { readonly outcome: 'deferred'; readonly reason: string };

/** What a decision needs from the store; the first answer under this key stands for ever. */
export interface ReadRequest {
  /** `temporal run id/step/visit` */
  readonly key: string;
  readonly entry: string;
  readonly contact: readonly string[];
  readonly groups: readonly string[];
  readonly flows?: readonly string[];
  /** events of this name since this moment (ISO 8601 UTC) */
  readonly counts?: readonly { readonly key: string; readonly event: string; readonly since: string }[];
  /** steps of the run that sent a message */
  readonly sends?: readonly string[];
  readonly identity?: true;
  readonly reactions?: true;
  /** events of these names since a moment, from before the one that started the run (`before`: when it entered); ISO 8601 UTC */
  readonly past?: { readonly events: readonly string[]; readonly since: string; readonly before: string };
  /** answered only when nothing received for the person is left to be decided, or to be sent to the run */
  readonly caughtUp?: true;
}
export interface ReadResult {
  readonly contact: { readonly [name: string]: Json };
  /** by group id */
  readonly groups: { readonly [id: string]: boolean };
  /** by flow: whether the person is inside */
  readonly flows?: { readonly [flow: string]: boolean };
  /** by the key asked for */
  readonly counts?: { readonly [key: string]: number };
  /** by step: what feedback said so far of the message it sent last */
  readonly sends?: { readonly [step: string]: { readonly opened: boolean; readonly clicked: boolean } };
  /** the first identifier the person was known by, normalized */
  readonly identity?: string;
  /** the latest opens and clicks, newest first, in minutes since the epoch; at most 200 */
  readonly reactions?: readonly number[];
  /** in order of acceptance; the latest 100 */
  readonly past?: readonly FlowEvent[];
  /** for `caughtUp`: number of the last notice that was sent to the run */
  readonly caughtUp?: number;
}

/** `part` numbers the effects of one step that has several (one per group). */
export function effectKey(entry: string, step: string, visit: number, generation: number, part = 0): string {
  return `${entry}/${step}${part === 0 ? '' : `.${part}`}/${visit}/${generation}`;
}

export type Activities = {
  /** as a local activity: answers within about 2 s, or `deferred` */
  deliver(effect: AnyEffect): Promise<EffectResult>;
  /** as an ordinary activity: waits up to 15 s, then fails with a next retry delay */
  deliverLater(effect: AnyEffect): Promise<EffectResult>;
  read(request: ReadRequest): Promise<ReadResult>;
};

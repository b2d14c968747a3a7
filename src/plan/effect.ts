/** What a run asks the delivery ledger to do, and what it hears back (PROTOCOLS.md §1). */
import type { Json, JsonObject } from './json.ts';
import type { Named } from './plan.ts';

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
    }
  /** attribute values; null clears one */
  | { readonly type: 'profile'; readonly set: JsonObject }
  | {
      readonly type: 'group';
      readonly action: 'add' | 'remove';
      readonly group: Named;
      readonly optIn: 'single' | 'confirmed' | 'double';
    };

export interface Effect {
  /** `entry/step/visit/generation`: unique for ever, the same after a Temporal reset (`effectKey`) */
  readonly key: string;
  readonly entry: string;
  readonly step: string;
  readonly kind: string;
  readonly visit: number;
  readonly generation: number;
  /** number of the last notice the run has seen: the barrier */
  readonly n: number;
  readonly operation: Operation;
}

/** `resolution: 'resend'`: an operator decided to send again; the run goes on with generation + 1. */
export type EffectResult =
  /** Mapp took it */
  | { readonly outcome: 'accepted' }
  /** Mapp refused it, provably: nothing was sent */
  | { readonly outcome: 'rejected'; readonly reason: string; readonly resolution?: 'resend' }
  /** not sent on purpose: `no_address`, `operator`, … */
  | { readonly outcome: 'skipped'; readonly reason: string }
  /** nobody can tell whether Mapp took it */
  | { readonly outcome: 'unknown'; readonly reason: string; readonly resolution?: 'resend' }
  /** a notice up to number `n` was decided that the run has not seen: see it first, then ask again */
  | { readonly outcome: 'look'; readonly n: number }
  /** nothing was sent; ask again as an ordinary activity */
  | { readonly outcome: 'deferred'; readonly reason: string };

/** What a decision needs from the store; the first answer under this key stands for ever. */
export interface ReadRequest {
  /** `temporal run id/step/visit` */
  readonly key: string;
  readonly entry: string;
  readonly contact: readonly string[];
  readonly groups: readonly string[];
}
export interface ReadResult {
  readonly contact: { readonly [name: string]: Json };
  /** by group id */
  readonly groups: { readonly [id: string]: boolean };
}

/** `part` numbers the effects of one step that has several (one per group). */
export function effectKey(entry: string, step: string, visit: number, generation: number, part = 0): string {
  return `${entry}/${step}${part === 0 ? '' : `.${part}`}/${visit}/${generation}`;
}

export type Activities = {
  /** as a local activity: answers within about 2 s, or `deferred` */
  deliver(effect: Effect): Promise<EffectResult>;
  /** as an ordinary activity: waits up to 15 s, then fails with a next retry delay */
  deliverLater(effect: Effect): Promise<EffectResult>;
  read(request: ReadRequest): Promise<ReadResult>;
};

/** A case of a flow's tests as plain data (LANGUAGE.md §7): what the authors' side reads and the simulation plays. Moments in ms. */
import type { Contact } from './event.ts';
import type { Json, JsonObject } from './json.ts';
import type { HoldDecision } from './notice.ts';
import type { Channel } from './project.ts';

/** The contact as the store knows them when the case begins. */
export interface CaseContact {
  readonly identifiers: Contact;
  /** as a producer told it; null: none, or the one of the catalogue's `timezone_attribute` */
  readonly timezone: string | null;
  readonly attributes: JsonObject;
  /** ids of the groups the contact is in */
  readonly groups: readonly string[];
  readonly history: readonly CaseEvent[];
  /** channels by which the contact is not to be written to when the case begins */
  readonly unsubscribed?: readonly Channel[];
  readonly blocked?: readonly Channel[];
}

export interface CaseEvent {
  /** when it is received */
  readonly at: number;
  /** the producer's id; one is made where it is missing */
  readonly id?: string;
  /** when it happened, ISO 8601 UTC; default: when it is received */
  readonly time?: string;
  readonly event: string;
  readonly data: JsonObject;
}

/** Something that happens from outside. */
export type Happening =
  | (CaseEvent & { readonly type: 'event' })
  | { readonly type: 'decide'; readonly at: number; readonly step: string; readonly as: HoldDecision }
  | { readonly type: 'resolve'; readonly at: number; readonly step: string; readonly as: 'sent' | 'resend' | 'skip' }
  | { readonly type: 'pause' | 'resume'; readonly at: number };

/** Trouble with Mapp on purpose: the next `times` calls of this step end that way. */
export interface CaseFailure {
  readonly step: string;
  /** 400: refused; 500, `timeout`: nobody can tell of a send (Mapp took it with `timeout` only), everything else is repeated */
  readonly with: '400' | '500' | 'timeout';
  readonly times: number;
}

/** What a webhook step is answered. */
export interface CaseAnswer {
  readonly status: number;
  readonly body: Json;
}

export interface CaseInput {
  readonly contact: CaseContact;
  readonly start: number;
  /** in any order; of one moment, as they stand here */
  readonly happenings: readonly Happening[];
  readonly failures: readonly CaseFailure[];
  /** by step id */
  readonly webhooks: { readonly [step: string]: CaseAnswer };
}

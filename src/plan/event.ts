import type { Consent } from './consent.ts';
import type { Feedback } from './feedback.ts';
import type { Json, JsonObject } from './json.ts';

/** How a contact may be named. `mapp_id` is Mapp's userID. Strongest first: the order in which identity is resolved. */
export const IDENTIFIER_KINDS = ['mapp_id', 'email', 'mobile', 'external_id'] as const;
export type IdentifierKind = (typeof IDENTIFIER_KINDS)[number];
export type Contact = { readonly [K in IdentifierKind]?: string };

/** An event as a run sees it: in the run's input, in notices, in expressions as `event` and `incoming`. */
export interface FlowEvent {
  readonly name: string;
  /** the producer's id, or one made of the content */
  readonly id: string;
  /** ISO 8601, UTC, milliseconds */
  readonly time: string;
  /** name of the source in `mapp.yaml`; `api` for the own API */
  readonly source: string;
  readonly data: JsonObject;
}

/** An event as ingest hands it to the store: one thing that happened to one contact, whatever producer told us. */
export interface CanonicalEvent extends FlowEvent {
  /** unique per source for 30 days */
  readonly dedupeKey: string;
  /** when we received it, ISO 8601 UTC */
  readonly received: string;
  readonly contact: Contact;
  /** further names a producer knows this contact by, never used to address, hashed identities among them */
  readonly aliases?: readonly Alias[];
  /** the producer replaced, added or took away identifiers of this contact; `contact` holds those valid from now on */
  readonly identityChange?: IdentityChange;
  /** the producer passes on the contact's request to be erased: everything held of them goes, their runs end */
  readonly erase?: true;
  /** what the producer knows of the contact, applied before the event is decided */
  readonly profile?: { readonly set: JsonObject; readonly unset: readonly string[] };
  /** what it says of whether messages may go to the contact, by channel; the last word by `time` stands (`store/consents.ts`) */
  readonly consent?: Consent;
  /** only with the events of messages: the send it is about, whose row in the ledger learns of it */
  readonly feedback?: Feedback;
  /** the contact's time zone, where the producer knows it */
  readonly timezone?: string;
  /** only with `manual`, `from_flow`, `date` and `schedule`: the flow to start */
  readonly flow?: string;
  /** only with source `flows`: the run that made it; `elsewhere`: of another contact. Its flow does not hear of its own */
  readonly origin?: { readonly flow: string; readonly entry: string; readonly elsewhere?: true };
  /** a producer's test traffic: kept, never starts or moves a run */
  readonly development?: boolean;
  /** a repetition on purpose (replay, backfill, history): kept, starts nothing */
  readonly replay?: boolean;
  /** what else the producer said, kept as it came: no flow sees it */
  readonly unused?: JsonObject;
  /** what ingest could not use or had to change: a field that is not of its declared type, an identifier of somebody else */
  readonly notes?: readonly EventNote[];
}

/** `{ type: "mpid", value: "…" }`; a hashed identity has its encoding in the type: `email_sha256`. */
export interface Alias {
  readonly type: string;
  readonly value: string;
}

/**
 * What became of a contact's identifiers. A kind in both was replaced (an address changed), one only in `from` was taken
 * away, one only in `to` is new. Raw identifiers only: changes of hashed ones show in `aliases`.
 */
export interface IdentityChange {
  readonly from: Contact;
  readonly to: Contact;
}

/** A producer connected an audience to us, changed its settings or disconnected it; of no single contact. */
export interface AudienceSubscription {
  readonly source: string;
  /** the producer's id of the audience, as text */
  readonly id: string;
  /** what `audience` holds in `audience_entered` and `audience_exited` */
  readonly audience: string;
  readonly action: 'add' | 'update' | 'remove';
  readonly settings: JsonObject;
  /** ISO 8601 UTC: when the producer says so */
  readonly time: string;
}

/** `pointer`: JSON pointer into this event; `detail` says what was found, without personal data. */
export interface EventNote {
  readonly pointer: string;
  readonly detail: string;
}

/** One declared field in the catalogue's `events`. */
export type FieldType =
  | 'string'
  | 'int'
  | 'double'
  | 'bool'
  | 'date'
  | 'timestamp'
  | 'any'
  | { readonly list: FieldType }
  | { readonly fields: { readonly [name: string]: Field } };
export interface Field {
  readonly type: FieldType;
  readonly optional: boolean;
}
export type EventShapes = { readonly [event: string]: { readonly [field: string]: Field } };
export type { Json };

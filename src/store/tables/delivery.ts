/** What goes to Mapp and comes from there. */
import type { Generated } from 'kysely';
import type { Contact } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import type { GeneratedTime, Jsonb, NullableJsonb, NullableTime, Time } from './columns.ts';

/** The ledger: PROTOCOLS.md §1. `resolution` is what an operator, or the step's settings, decided of an unknown or rejected row. */
export interface DeliveriesTable {
  key: string;
  entry: string;
  person: string;
  flow: string;
  step: string;
  visit: number;
  generation: number;
  kind: string;
  /** what it is about: the message's, group's or attributes' names */
  target: string;
  operation: Jsonb<Json>;
  address: string | null | undefined;
  state: 'sending' | 'accepted' | 'rejected' | 'skipped' | 'unknown';
  reason: string | null | undefined;
  resolution: string | null | undefined;
  /** what the effect brought back: `status` and `body` of a webhook, the values a count wrote */
  answer: NullableJsonb<JsonObject>;
  /** what feedback said of the message: its first open and click, and what became of it after Mapp had taken it */
  opened_at: NullableTime;
  clicked_at: NullableTime;
  failure: string | null | undefined;
  owner: string | null | undefined;
  lease_until: NullableTime;
  created_at: GeneratedTime;
  at: GeneratedTime;
}

export interface ReadsTable {
  key: string;
  entry: string;
  answer: Jsonb<Json>;
  at: GeneratedTime;
}

/**
 * What Mapp is to hold of a person because a producer says so: the latest value only, by the producer's time. One row per
 * person and place at Mapp, whoever writes there; sent again until Mapp has taken it, which may happen twice.
 */
export interface SyncsTable {
  person: string;
  /** `attribute/NAME`, `member/GROUP/NAME`, `group/GROUP` */
  target: string;
  /** `source/NAME` or `export/NAME` */
  job: string;
  /** null clears an attribute; of a group whether the person is in it */
  value: Jsonb<Json>;
  /** identifiers to send it under; null: the person's own at that time */
  address: NullableJsonb<Contact>;
  /** when the producer says it became so */
  at: Time;
  /** counts changes: what was sent is settled only where nothing newer came meanwhile */
  version: Generated<number>;
  state: Generated<'due' | 'sent' | 'rejected' | 'skipped'>;
  reason: string | null | undefined;
  /** failed attempts in a row */
  tries: Generated<number>;
  /** when to send it; while somebody does, when to think that they died */
  due_at: GeneratedTime;
  sent_at: NullableTime;
}

/** How far the declared audience exports are (`mapp.yaml`, `exports`). */
export interface ExportsTable {
  name: string;
  /** the declaration this row is about; another one begins anew */
  settings: string;
  /** when the members known by then were put in line */
  seeded_at: NullableTime;
  /** fingerprint of the backfill file that was begun last, and how many of its lines are done */
  file: string | null | undefined;
  lines: Generated<string>;
  /** lines without a usable identifier */
  without: Generated<string>;
  finished_at: NullableTime;
}

/** When each API may be called next, over all workers: `delivery/rate.ts`. */
export interface RatesTable {
  api: 'connect' | 'engage';
  next_at: Time;
}

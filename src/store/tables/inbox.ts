/** What producers sent. */
import type { ColumnType, Generated } from 'kysely';
import type { CanonicalEvent } from '../../plan/event.ts';
import type { GeneratedTime, Jsonb, NullableJsonb, NullableTime, Time } from './columns.ts';

/** One decision about one event and one flow or run. */
export interface Decision {
  readonly flow: string;
  readonly run?: string;
  /** `started`, `notified`, or why not: `inside`, `once`, `cooldown`, `where`, `status`, `too_old`, `no_key`, `development`, `replay`, … */
  readonly what: string;
  readonly detail?: string;
  /** of `where`: the hash of the plan, and the places in its `on` whose conditions were false */
  readonly where?: { readonly version: string; readonly on: readonly number[] };
}

export interface InboxTable {
  id: Generated<string>;
  source: string;
  /** null: older than 30 days, given up by `router/upkeep.ts`; the event stays */
  dedupe_key: ColumnType<string | null, string, string | null>;
  person: string;
  name: string;
  event: Jsonb<CanonicalEvent>;
  occurred_at: Time;
  received_at: Time;
  state: Generated<'new' | 'decided'>;
  decided_at: NullableTime;
  decisions: NullableJsonb<readonly Decision[]>;
}

export interface QuarantineTable {
  id: Generated<string>;
  source: string;
  received_at: GeneratedTime;
  reason: string;
  /** sealed where there is a key (`system/seal.ts`); null: its days are over, only the reason is left */
  body: string | null;
  /** fingerprint of reason and body: the same is kept once. Null in rows from before it was */
  content: string | null | undefined;
}

/** Persons: who they are, what is known of them, what they said. */
import type { ColumnType, Generated } from 'kysely';
import type { ConsentFact } from '../../plan/consent.ts';
import type { Json } from '../../plan/json.ts';
import type { Channel } from '../../plan/project.ts';
import type { GeneratedTime, NullableTime, Time } from './columns.ts';

/** One attribute as the store knows it; `at` decides who wins. */
export interface StoredAttribute {
  readonly value: Json;
  /** ISO 8601 UTC: when the producer says it changed, or when we wrote it */
  readonly at: string;
  /** a producer's source, `run`, or `engage` for what was read from Mapp */
  readonly by: string;
}

/** A person and the router's lease on it. `wake` counts reasons to look; a router that read it may clear `ready_at` only while it is unchanged. */
export interface PersonsTable {
  id: string;
  merged_into: string | null | undefined;
  /** what they were first known by, normalized; never changes. The arms of splits hang on it */
  first_identifier: string | null | undefined;
  attributes: ColumnType<Record<string, StoredAttribute>, string | undefined, string>;
  timezone: string | null | undefined;
  ready_at: NullableTime;
  wake: Generated<string>;
  owner: string | null | undefined;
  lease_until: NullableTime;
  created_at: GeneratedTime;
  /** when Mapp Engage was last asked for the profile, and for the groups; null: never */
  profile_read_at: NullableTime;
  groups_read_at: NullableTime;
}

/**
 * `value` is the form for look-up (`lookupForm` of `crypto/vault.ts`), `display` is as first given, for sending. Kinds are
 * those of `Contact`, and `alias:TYPE` for names that nothing is sent to.
 */
export interface IdentifiersTable {
  kind: string;
  value: string;
  display: string;
  person: string;
  /** theirs once: events that still name it are about them, nothing is sent to it, and whoever else names it has it */
  former: Generated<boolean>;
  /** of several of a kind, the one that came last is written to */
  since: GeneratedTime;
  /** by a change of identity: when the producer says that it became theirs, or former; null: it was only named */
  told_at: NullableTime;
}

/** What became of somebody's identity, for operators: `flows identity`. Never an address. */
export interface IdentityNotesTable {
  id: Generated<string>;
  at: GeneratedTime;
  person: string;
  what: 'changed' | 'removed' | 'conflict' | 'merged';
  /** of the identifier */
  kind: string;
  /** whose identifier it is (`conflict`), or who was merged into `person` (`merged`) */
  other: string | null | undefined;
  source: string;
  /** the producer's id of the event */
  event: string;
}

export interface MembershipsTable {
  person: string;
  group_id: string;
  member: boolean;
  at: Time;
}

/** The last word on one channel of a person, by `at`; written by `consents.ts`. A person merged into another keeps their own rows. */
export interface ConsentsTable {
  person: string;
  channel: Channel;
  /** `unsubscribed`: they object to messages; `blocked`: their address cannot be delivered to */
  fact: ConsentFact;
  holds: boolean;
  /** `blocked` only: the address it is about, in the form of `identifiers.value`; null: every one of the channel */
  address: string | null | undefined;
  at: Time;
  /** the source that said so; `engage` for what was read from Mapp */
  by: string;
}

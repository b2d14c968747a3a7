/** Row types of the store, one interface per table, for Kysely. Timestamps arrive as Date, bigint as text, jsonb parsed. */
import type { ColumnType, Generated } from 'kysely';
import type { ConsentFact } from '../plan/consent.ts';
import type { CanonicalEvent, Contact, FlowEvent } from '../plan/event.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import type { NoticeBody, RunPosition, TrailLine } from '../plan/notice.ts';
import type { FlowStatus, Plan } from '../plan/plan.ts';
import type { Channel } from '../plan/project.ts';

/** jsonb: read as T, written as text (`json()` of `store.ts`), so that arrays are not taken for Postgres arrays */
type Jsonb<T> = ColumnType<T, string, string>;
type NullableJsonb<T> = ColumnType<T | null, string | null | undefined, string | null>;
type Time = ColumnType<Date, Date | string, Date | string>;
type NullableTime = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
type GeneratedTime = ColumnType<Date, Date | string | undefined, Date | string>;

export interface Tables {
  meta: MetaTable;
  plans: PlansTable;
  flows: FlowsTable;
  persons: PersonsTable;
  identifiers: IdentifiersTable;
  memberships: MembershipsTable;
  inbox: InboxTable;
  quarantine: QuarantineTable;
  entries: EntriesTable;
  notices: NoticesTable;
  trail: TrailTable;
  deliveries: DeliveriesTable;
  reads: ReadsTable;
  goals: GoalsTable;
  rates: RatesTable;
  consents: ConsentsTable;
  identity_notes: IdentityNotesTable;
  keys: KeysTable;
  erasures: ErasuresTable;
  erased: ErasedTable;
  syncs: SyncsTable;
  exports: ExportsTable;
}

/** `store`: its own random id · `temporal`: { cluster, namespace } of the server our runs live on · `flows_version`: counts publications · `closer`, `heard_changes`, `upkeep`: the router's · `audience/<source>/<id>`: audiences that producers have connected */
interface MetaTable {
  key: string;
  value: Jsonb<Json>;
}

/** Every plan ever published; never changed, never deleted while a run refers to it. */
interface PlansTable {
  hash: string;
  flow: string;
  plan: Jsonb<Plan>;
  published_at: GeneratedTime;
}

/** The published version of each flow. `removed`: its file is gone; nobody enters, people inside finish. */
interface FlowsTable {
  flow: string;
  hash: string;
  status: FlowStatus | 'removed';
  published_at: GeneratedTime;
}

/** One attribute as the store knows it; `at` decides who wins. */
export interface StoredAttribute {
  readonly value: Json;
  /** ISO 8601 UTC: when the producer says it changed, or when we wrote it */
  readonly at: string;
  /** a producer's source, `run`, or `engage` for what was read from Mapp */
  readonly by: string;
}

/** A person and the router's lease on it. `wake` counts reasons to look; a router that read it may clear `ready_at` only while it is unchanged. */
interface PersonsTable {
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
interface IdentifiersTable {
  kind: string;
  value: string;
  display: string;
  person: string;
  /** theirs once: events that still name it are about them, nothing is sent to it, and whoever else names it has it */
  former: Generated<boolean>;
  /** of several of a kind, the one that came last is written to */
  since: GeneratedTime;
}

/** What became of somebody's identity, for operators: `flows identity`. Never an address. */
interface IdentityNotesTable {
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

/** Data keys, each under a master key (`crypto/master-keys.ts`). A destroyed one keeps its row, without the key. */
interface KeysTable {
  /** a person's id, or `STORE_KEY` */
  id: string;
  master: string | null | undefined;
  wrapped: Buffer | null | undefined;
  created_at: GeneratedTime;
  destroyed_at: NullableTime;
}

/** A request to be erased, kept as its proof: it names nobody but by ids that mean nothing any more. */
interface ErasuresTable {
  id: Generated<string>;
  /** who passed it on: `cli`, or a producer's source */
  source: string;
  requested_at: GeneratedTime;
  persons: string[];
  /** workflow ids of runs that Temporal still has to be told about */
  runs: NullableJsonb<readonly ErasedRun[]>;
  /** rows removed, by table, and runs ended */
  removed: NullableJsonb<{ readonly [what: string]: number }>;
  /** `due`: nothing done yet; `cleared`: the store is, Temporal not yet */
  state: Generated<'due' | 'cleared' | 'done'>;
  done_at: NullableTime;
}

export interface ErasedRun {
  readonly run: string;
  /** its history can be read without a key: it has to be deleted */
  readonly plain: boolean;
}

/** Whoever was erased must not come back, by a row rebuilt from Temporal. */
interface ErasedTable {
  person: string;
  at: GeneratedTime;
}

interface MembershipsTable {
  person: string;
  group_id: string;
  member: boolean;
  at: Time;
}

/** One decision about one event and one flow or run. */
export interface Decision {
  readonly flow: string;
  readonly run?: string;
  /** `started`, `notified`, or why not: `inside`, `once`, `cooldown`, `where`, `status`, `too_old`, `no_key`, `development`, `replay`, … */
  readonly what: string;
  readonly detail?: string;
}

interface InboxTable {
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

interface QuarantineTable {
  id: Generated<string>;
  source: string;
  received_at: GeneratedTime;
  reason: string;
  /** sealed where there is a key (`system/seal.ts`); null: its days are over, only the reason is left */
  body: string | null;
  /** fingerprint of reason and body: the same is kept once. Null in rows from before it was */
  content: string | null | undefined;
}

/** One entry of one person into one flow = one run. Remembered for ever: re-entry is decided here. */
interface EntriesTable {
  id: string;
  flow: string;
  person: string;
  /** value of the flow's `key` as text, `''` without one */
  key: string;
  /** 1 for the first entry of this person and key into this flow */
  ordinal: number;
  /** `flow/person[/keyhash]/ordinal` */
  workflow_id: string;
  hash: string;
  /** the flow's re-entry mode when the entry was decided */
  mode: string;
  state: Generated<'starting' | 'open' | 'closed'>;
  outcome: string | null | undefined;
  reason: string | null | undefined;
  /** number of the last notice decided for this run: the barrier */
  sent_n: Generated<number>;
  /** event names this run wants */
  listens: string[];
  event: Jsonb<FlowEvent>;
  inbox: string | null | undefined;
  entered_at: Time;
  closed_at: NullableTime;
  /** a hint of the run's sink that it is about to close; the closer asks Temporal */
  finishing: Generated<boolean>;
  position: NullableJsonb<RunPosition>;
  /** orders position writes of one run; best effort, newest wins */
  position_seq: Generated<string>;
}

/** What was decided for a run and must reach it. The body holds all but `n`; notice 0 is the start (`kind: "start"`, body = RunInput). */
interface NoticesTable {
  entry: string;
  n: number;
  person: string;
  kind: NoticeBody['kind'] | 'start';
  body: Jsonb<Json>;
  state: Generated<'due' | 'done' | 'gone' | 'refused'>;
  reason: string | null | undefined;
  inbox: string | null | undefined;
  created_at: GeneratedTime;
  done_at: NullableTime;
}

interface TrailTable {
  entry: string;
  seq: number;
  id: Generated<string>;
  line: Jsonb<TrailLine>;
}

/** The ledger: PROTOCOLS.md §1. `resolution` is what an operator, or the step's settings, decided of an unknown or rejected row. */
interface DeliveriesTable {
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

interface ReadsTable {
  key: string;
  entry: string;
  answer: Jsonb<Json>;
  at: GeneratedTime;
}

/** A goal of one run, from the entry on: counted at most once. */
interface GoalsTable {
  entry: string;
  name: string;
  person: string;
  /** it may count until then, also after the run has ended; null: while the person is inside */
  until: NullableTime;
  counted_at: NullableTime;
  /** the event that was counted */
  inbox: string | null | undefined;
}

/** The last word on one channel of a person, by `at`; written by `consents.ts`. A person merged into another keeps their own rows. */
interface ConsentsTable {
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

/**
 * What Mapp is to hold of a person because a producer says so: the latest value only, by the producer's time. One row per
 * person and place at Mapp, whoever writes there; sent again until Mapp has taken it, which may happen twice.
 */
interface SyncsTable {
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
interface ExportsTable {
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
interface RatesTable {
  api: 'connect' | 'engage';
  next_at: Time;
}

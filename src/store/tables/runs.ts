/** Runs: entries, what they were told, what they did and reached. */
import type { Generated } from 'kysely';
import type { FlowEvent } from '../../plan/event.ts';
import type { Json } from '../../plan/json.ts';
import type { NoticeBody, RunPosition, TrailLine } from '../../plan/notice.ts';
import type { GeneratedTime, Jsonb, NullableJsonb, NullableTime, Time } from './columns.ts';

/** One entry of one person into one flow = one run. Remembered for ever: re-entry is decided here. */
export interface EntriesTable {
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
  /** how many runs led to it, one by another and at once (`router/hops.ts`) */
  hops: Generated<number>;
  closed_at: NullableTime;
  /** a hint of the run's sink that it is about to close; the closer asks Temporal */
  finishing: Generated<boolean>;
  position: NullableJsonb<RunPosition>;
  /** orders position writes of one run; best effort, newest wins */
  position_seq: Generated<string>;
}

/** What was decided for a run and must reach it. The body holds all but `n`; notice 0 is the start (`kind: "start"`, body = RunInput). */
export interface NoticesTable {
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

export interface TrailTable {
  entry: string;
  seq: number;
  id: Generated<string>;
  line: Jsonb<TrailLine>;
}

/** A goal of one run, from the entry on: counted at most once. */
export interface GoalsTable {
  entry: string;
  name: string;
  person: string;
  /** it may count until then, also after the run has ended; null: while the person is inside */
  until: NullableTime;
  counted_at: NullableTime;
  /** the event that was counted */
  inbox: string | null | undefined;
}

/** Keys of what is sealed, and who was erased. */
import type { Generated } from 'kysely';
import type { GeneratedTime, NullableJsonb, NullableTime } from './columns.ts';

/** Data keys, each under a master key (`crypto/master-keys.ts`). A destroyed one keeps its row, without the key. */
export interface KeysTable {
  /** a person's id, or `STORE_KEY` */
  id: string;
  master: string | null | undefined;
  wrapped: Buffer | null | undefined;
  created_at: GeneratedTime;
  destroyed_at: NullableTime;
}

/** A request to be erased, kept as its proof: it names nobody but by ids that mean nothing any more. */
export interface ErasuresTable {
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
export interface ErasedTable {
  person: string;
  at: GeneratedTime;
}

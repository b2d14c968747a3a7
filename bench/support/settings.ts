/** What the bench tells its child processes, as JSON in their arguments. */
import type { WorkerTuning } from '../../src/worker/worker.ts';

export const SANDBOX_ACCOUNT = { integrationId: 'bench', secret: 'bench-secret' };

/** `MAPP_RATE` of the bench: no limit that a run could feel. */
export const RATE = 100_000;

/** The producer that the bench plays: its name in `mapp.yaml`, and its token. */
export const SOURCE = 'shop';
export const TOKEN = 'bench-token';

export interface ServeSettings {
  /** host:port of the Temporal server */
  readonly temporal: string;
  readonly database: string;
  /** where runs are started; no worker has to be there */
  readonly taskQueue: string;
  /** base64 of the key that the store is encrypted with; absent: it is not */
  readonly key?: string;
}

export interface LoadSettings {
  /** base URLs of ingests; requests go to them in turn */
  readonly urls: readonly string[];
  /** requests on their way at once, on connections that are kept */
  readonly connections: number;
  readonly events: number;
  /** an even pace, whatever the answers take; absent: as fast as answers come */
  readonly perSecond?: number;
  /** name of the events */
  readonly event: string;
  /** no two loads of a store may share it: ids are made of it */
  readonly id: string;
  /** the events are about as many people, in turn: `person-0@example.com` and on */
  readonly people: number;
}

export interface LoadResult {
  /** from the first request to the last answer, ms */
  readonly tookMs: number;
  /** events by what became of them: `accepted`, `duplicate`, or a status of HTTP */
  readonly outcomes: { readonly [outcome: string]: number };
  /** from the moment a request was due to its answer, ms */
  readonly p50: number;
  readonly p99: number;
}

export interface WorkerSettings {
  /** host:port of the Temporal server */
  readonly temporal: string;
  readonly taskQueue: string;
  readonly sandbox: string;
  /** for ours only */
  readonly database: string;
  /** for ours only: calls per second; `RATE` unless told */
  readonly rate?: number;
  /** for ours only: events per call; as many as Mapp takes unless told */
  readonly batchEvents?: number;
  /** for ours only */
  readonly tuning?: WorkerTuning;
  /** for the hand-written ones only: path of their bundle */
  readonly bundle: string;
}

import type { NativeConnection } from '@temporalio/worker';
import type { CodecAccess } from '../codec/codec-routes.ts';
import type { Environment } from '../config/env-file.ts';
import type { IngestBounds } from '../ingest/bounds.ts';
import type { CallSize } from '../mapp/batch-size.ts';
import type { ConnectSettings } from '../mapp/connect.ts';
import type { EngageSettings } from '../mapp/engage.ts';
import type { Project } from '../plan/project.ts';
import type { Store } from '../store/store.ts';
import type { WorkerTuning } from '../worker/worker.ts';
import type { Log } from './log.ts';

export interface ComingConnection {
  /** never rejects */
  readonly coming: Promise<NativeConnection>;
  close(): Promise<void>;
}

export interface EngineOptions {
  readonly store: Store;
  /** what needs one that is yet to come begins with it */
  readonly connection: NativeConnection | ComingConnection;
  readonly namespace: string;
  readonly project: Project;
  /** `worker`: runs flows and calls Mapp. `health`: where a worker alone answers for itself */
  readonly worker: {
    readonly mapp: ConnectSettings;
    /** absent: no access to Mapp Engage */
    readonly engage?: EngageSettings | null;
    readonly rate: number;
    readonly batch?: CallSize;
    /** what was measured to serve best unless told (docs/worker-settings.md) */
    readonly tuning?: WorkerTuning;
    readonly health?: { readonly host: string; readonly port: number };
  } | null;
  /** `serve`: HTTP ingest and the router */
  readonly serve: {
    readonly host: string;
    /** 0 = any free port */
    readonly port: number;
    /** values of the sources' secrets, by source */
    readonly secrets: { readonly [source: string]: readonly string[] };
    /** takes `POST /v1/events` without a token where no `api` source is declared */
    readonly dev: boolean;
    /** who may decode payloads, for Temporal's UI; this machine unless told */
    readonly codec?: CodecAccess;
    /** what differs from the defaults */
    readonly bounds?: Partial<IngestBounds>;
  } | null;
  /** keys that texts at rest are sealed with, the one in use first; none: they are kept as they are */
  readonly encryptionKeys?: readonly Buffer[];
  /** variables that webhooks take their credentials from; the process's own unless told */
  readonly environment?: Environment;
  /** every timer of runs started here is divided by it; above 1 only in `dev` */
  readonly speed: number;
  /** where runs are started and taken; the store's own unless told */
  readonly taskQueue?: string;
  readonly log: Log;
}

/** With where runs are started and taken. */
export type ReadyOptions = EngineOptions & { readonly taskQueue: string };

/** What has been started, to be stopped in reverse order. */
export type Stops = (() => Promise<void>)[];

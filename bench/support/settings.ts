/** What the bench tells its child processes, as JSON in their arguments. */

export const SANDBOX_ACCOUNT = { integrationId: 'bench', secret: 'bench-secret' };

/** `MAPP_RATE` of the bench: no limit that a run could feel. */
export const RATE = 100_000;

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
  /** for the hand-written ones only: path of their bundle */
  readonly bundle: string;
}

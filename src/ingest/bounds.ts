/** What the ingest takes upon itself at most; each can be set by an environment variable (`config/settings.ts`). */
export interface IngestBounds {
  /** days for which bodies in quarantine are kept (`FLOWS_RAW_DAYS`) */
  readonly rawDays: number;
  /** requests in hand at once, in one process (`FLOWS_MAX_REQUESTS`) */
  readonly maxRequests: number;
  /** events that wait to be decided, in the store (`FLOWS_MAX_BACKLOG`); an outage of Temporal must fit in */
  readonly maxBacklog: number;
}

export const DEFAULT_BOUNDS: IngestBounds = { rawDays: 7, maxRequests: 1_000, maxBacklog: 1_000_000 };

/** What one call of `event/batch` may hold. */
export interface CallSize {
  readonly events: number;
  /** of the body */
  readonly bytes: number;
}

/**
 * Mapp discards a call with more events whole (docs.mapp.com "API endpoints"). No limit on bytes is documented; 1 MiB
 * passes the usual proxies.
 */
export const BATCH: CallSize = { events: 1_000, bytes: 1024 * 1024 };

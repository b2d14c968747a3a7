/** The one family of failures that a call to Mapp can end in, and what each proves about the call (PROTOCOLS.md §1). */

/**
 * `refused`: Mapp will never take this body, nothing was sent. `not_taken`: nothing was sent, the same call may be made
 * again. `unknown`: nobody can tell whether Mapp took it.
 */
export type Fate = 'refused' | 'not_taken' | 'unknown';

/** Every kind of failure and its fate. */
const FATES = {
  /** DNS, connecting or TLS failed, or the time was over before the first byte left */
  unreachable: 'not_taken',
  /** 401, or a ping that answers `pong: false` */
  unauthorized: 'not_taken',
  /** 403: the integration is disabled, or the token was refused */
  forbidden: 'not_taken',
  /** 404: unknown integration id or path */
  not_found: 'not_taken',
  /** 429 */
  throttled: 'not_taken',
  /** 503 with Retry-After: taken for a proxy that turned the call away (an assumption, PROTOCOLS.md §1) */
  unavailable: 'not_taken',
  /** we did not even send it: the operation cannot be put into a call */
  invalid: 'refused',
  /** 400 or 415 */
  refused: 'refused',
  /** 413 */
  too_large: 'refused',
  /** no answer in time, after the first byte had left */
  timeout: 'unknown',
  /** the connection ended after the first byte had left, before a status came */
  connection_lost: 'unknown',
  /** 5xx; 503 without Retry-After too */
  server: 'unknown',
  /** a status that Mapp never documented, or a success with a body that cannot be read */
  unexpected: 'unknown',
} as const satisfies { readonly [kind: string]: Fate };

export type MappErrorKind = keyof typeof FATES;

export interface MappErrorDetails {
  /** HTTP status, where one came */
  readonly status?: number;
  /** the answer's Retry-After, in ms from now */
  readonly retryAfterMs?: number;
  /** Engage's `errorCode`, where it gave one */
  readonly code?: string;
  readonly cause?: unknown;
}

export class MappError extends Error {
  override readonly name = 'MappError';
  readonly kind: MappErrorKind;
  readonly fate: Fate;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly code: string | undefined;

  constructor(kind: MappErrorKind, message: string, details: MappErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.kind = kind;
    this.fate = FATES[kind];
    this.status = details.status;
    this.retryAfterMs = details.retryAfterMs;
    this.code = details.code;
  }
}

export function isMappError(error: unknown): error is MappError {
  return error instanceof MappError;
}

/** What a status that is no success says about the call. */
export function kindOfStatus(status: number, retryAfterMs: number | undefined): MappErrorKind {
  switch (status) {
    case 400:
    case 415:
      return 'refused';
    case 401:
      return 'unauthorized';
    case 403:
      return 'forbidden';
    case 404:
      return 'not_found';
    case 413:
      return 'too_large';
    case 429:
      return 'throttled';
    case 503:
      return retryAfterMs === undefined ? 'server' : 'unavailable';
    default:
      return status >= 500 ? 'server' : 'unexpected';
  }
}

/** Retry-After (RFC 9110: seconds, or an HTTP date) in ms from `now`; undefined where it is absent or unreadable. */
export function retryAfter(header: string | readonly string[] | undefined, now: number): number | undefined {
  const text = (typeof header === 'string' ? header : header?.[0])?.trim();
  if (text === undefined || text === '') return undefined;
  if (/^\d+$/.test(text)) return Number(text) * 1000;
  const moment = Date.parse(text);
  return Number.isNaN(moment) ? undefined : Math.max(0, moment - now);
}

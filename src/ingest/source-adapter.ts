import type { IncomingHttpHeaders } from 'node:http';
import type { AudienceSubscription, CanonicalEvent } from '../plan/event.ts';
import type { Json } from '../plan/json.ts';
import type { Source, SourceType } from '../plan/project.ts';

/**
 * How one kind of producer talks to us: one file per source type, listed in `registry.ts`. Pure: an adapter reads a
 * request and says what it means; the server does the rest (limits, decoding, storing, answering).
 */
export interface SourceAdapter {
  readonly type: SourceType;
  /** scheme of `WWW-Authenticate` */
  readonly scheme: string;
  /** what a caller needs, in words, where that is not `Authorization` with the scheme: a signature */
  readonly signature?: string;
  /** `required`: JSON must be what the content type says; `lenient`: or there is none; `any`: it does not matter */
  readonly contentType: 'required' | 'lenient' | 'any';
  /** media types to name to who sends another one, where it is not application/json alone */
  readonly accepts?: readonly string[];
  /**
   * Who calls, judged by the headers and the raw bytes, in constant time; `in_body`: only `authenticateBody` can tell.
   *
   * @param credential the key that named the secrets in `mapp.yaml`, for a type that takes several
   */
  authenticate(
    request: RawRequest,
    secrets: readonly string[],
    credential: Source['credential'],
  ): 'accepted' | 'refused' | 'in_body';
  authenticateBody?(body: Json, secrets: readonly string[]): boolean;
  /** Throws a Problem where a strict source has nothing that can be taken. */
  parse(request: IngestRequest): Parsed;
}

export interface RawRequest {
  readonly headers: IncomingHttpHeaders;
  /** as they came, before inflating */
  readonly raw: Buffer;
  readonly received: Date;
}

export interface IngestRequest {
  /** name of the source in `mapp.yaml` */
  readonly source: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Json;
  readonly received: Date;
  /** what `mapp.yaml` says of how this source's events are taken */
  readonly settings?: Pick<Source, 'addresses' | 'backfill' | 'consent'>;
  /** the published flows, where the body names one to start; absent or empty: they are not known */
  readonly flows?: readonly KnownFlow[];
}

export interface KnownFlow {
  readonly flow: string;
  /** whether it is started by hand */
  readonly manual: boolean;
}

export interface Parsed {
  readonly events: readonly CanonicalEvent[];
  readonly quarantined: readonly Quarantined[];
  /** how many events a strict source refuses while it takes others */
  readonly rejected: number;
  /** how many things are left out because the source's settings say so (`backfill: ignore`) */
  readonly ignored?: number;
  /** audiences that the producer connected, changed or disconnected with this request */
  readonly subscriptions?: readonly AudienceSubscription[];
  /** The answer, made after everything is durable. `outcomes` in the order of `events`. */
  answer(outcomes: readonly Outcome[]): Answer;
}

export type Outcome = 'accepted' | 'duplicate';

/** What cannot be used now and is kept: `body` is JSON that the same adapter can parse again, without credentials. */
export interface Quarantined {
  readonly source: string;
  readonly reason: string;
  readonly body: string;
}

export interface Answer {
  readonly status: 200 | 202;
  readonly body: object;
}

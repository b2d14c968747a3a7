/** One line of a problem's `errors`: a JSON pointer into the body, null when the body could not be read. */
export interface ProblemDetail {
  readonly pointer: string | null;
  readonly detail: string;
}

/** Every code an error of ingest can carry, with its HTTP status and title (reference: RFC 9457; CONTRACT.md §3). */
const PROBLEMS = {
  malformed_body: { status: 400, title: 'The body cannot be read' },
  bad_request: { status: 400, title: 'The request cannot be read' },
  unauthenticated: { status: 401, title: 'The credentials are missing or wrong' },
  signature_invalid: { status: 401, title: 'The signature is missing or wrong' },
  not_found: { status: 404, title: 'There is nothing at this address' },
  unknown_source: { status: 404, title: 'There is no such source' },
  method_not_allowed: { status: 405, title: 'The method is not allowed here' },
  request_timeout: { status: 408, title: 'The request took too long to arrive' },
  too_large: { status: 413, title: 'The request is too large' },
  unsupported_media_type: { status: 415, title: 'The content type or encoding is not supported' },
  invalid_event: { status: 422, title: 'The event is not valid' },
  internal: { status: 500, title: 'Something unforeseen went wrong' },
  unavailable: { status: 503, title: 'Events cannot be stored at the moment' },
} as const;
export type ProblemCode = keyof typeof PROBLEMS;

/** An error that becomes an `application/problem+json` answer. `detail` helps the caller and holds no secret and no personal data. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly status: number;
  readonly errors: readonly ProblemDetail[];
  readonly headers: { readonly [name: string]: string };
  /** further members of the answer, such as `limitBytes` */
  readonly extra: { readonly [name: string]: number };
  /** how many events are refused with it, as far as they could be told apart: for the metrics */
  readonly rejected: number;

  constructor(
    code: ProblemCode,
    detail: string,
    options: {
      readonly errors?: readonly ProblemDetail[];
      readonly headers?: { readonly [name: string]: string };
      readonly extra?: { readonly [name: string]: number };
      readonly rejected?: number;
    } = {},
  ) {
    super(detail);
    this.code = code;
    this.status = PROBLEMS[code].status;
    this.errors = options.errors ?? [];
    this.headers = options.headers ?? {};
    this.extra = options.extra ?? {};
    this.rejected = options.rejected ?? 0;
  }

  /** The answer's body. `type` is a URN: there is no public page to point at. */
  toJSON(): object {
    const { 'retry-after': seconds } = this.headers;
    return {
      type: `urn:mapp-flows:problem:${this.code}`,
      title: PROBLEMS[this.code].title,
      status: this.status,
      detail: this.message,
      code: this.code,
      errors: this.errors,
      ...(seconds !== undefined && { retryAfter: Number(seconds) }),
      ...this.extra,
    };
  }
}

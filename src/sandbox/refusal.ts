/** A call that ends without success; the error handler answers and journals it. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  /** null: the connection ends without an answer */
  readonly status: number | null;
  readonly code: string;
  readonly headers: { readonly [name: string]: string };
  /** the events were queued all the same, and stand in the journal */
  readonly queued: boolean;
  /** of the answer; null: code and message, as Connect's */
  readonly body: object | null;

  constructor(
    status: number | null,
    code: string,
    message: string,
    options: {
      readonly headers?: { readonly [name: string]: string };
      readonly queued?: boolean;
      readonly body?: object;
    } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.headers = options.headers ?? {};
    this.queued = options.queued ?? false;
    this.body = options.body ?? null;
  }
}

/** The store did not answer in time. */
export class StoreSlow extends Error {
  override readonly name = 'StoreSlow';
  /** whether a transaction was under way: it may be committed yet */
  readonly begun: boolean;

  constructor(begun: boolean, ms: number) {
    super(`no answer within ${ms / 1000} s`);
    this.begun = begun;
  }
}

/** Failures to get a connection, of Node and of the pool: nothing was asked of the store. */
const NOT_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];
const NO_CONNECTION = ['timeout exceeded when trying to connect', 'Connection terminated due to connection timeout'];
/** What Postgres may say in the place of an answer to a commit (appendix A): the connection broke, an operator or a crash ended it. */
const BROKEN_OFF = /^(08...|57P0[124])$/;

/** Whether there was no connection to the store at all. */
export function isOutOfReach(error: unknown): boolean {
  const { code, message = '' } = error as { readonly code?: unknown; readonly message?: string };
  return NOT_CONNECTED.includes(String(code)) || NO_CONNECTION.includes(message);
}

/**
 * Whether a transaction that failed so may be committed all the same: the connection broke before the answer came. Any other
 * error that Postgres tells means that it was rolled back.
 */
export function mayBeStored(error: unknown): boolean {
  if (error instanceof StoreSlow) return error.begun;
  if (isOutOfReach(error)) return false;
  const { code, message = '' } = error as { readonly code?: unknown; readonly message?: string };
  // Node's codes are words; those of Postgres have a digit.
  return typeof code === 'string' ? !/\d/.test(code) || BROKEN_OFF.test(code) : /connection|client/i.test(message);
}

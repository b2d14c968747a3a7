import { Agent, type Dispatcher } from 'undici';
import { isMappError, kindOfStatus, MappError, type MappErrorKind, retryAfter } from './errors.ts';
import { type Answer, type Exchange, exchange, NoAnswer } from './exchange.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** Shorter than any proxy's: a request written to a connection that the other side just closed has an unknown fate. */
const KEEP_ALIVE_MS = 4_000;
const MAX_ANSWER_BYTES = 16 * 1024 * 1024;
/** How much of an answer goes into an error's message. */
const MAX_QUOTED_BYTES = 2_048;

/** For one call in all, connecting included. */
export const CALL_TIMEOUT_MS = 10_000;

/** Connections to one API of Mapp. */
export function mappAgent(): Agent {
  return new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    keepAliveTimeout: KEEP_ALIVE_MS,
    keepAliveMaxTimeout: KEEP_ALIVE_MS,
    headersTimeout: 0, // `exchange` bounds the whole call
    bodyTimeout: 0,
    maxResponseSize: MAX_ANSWER_BYTES,
  });
}

export interface ApiCall {
  readonly agent: Dispatcher;
  readonly request: Exchange;
  readonly timeoutMs: number;
  /** names the call in messages: `Mapp Connect GET /ping` */
  readonly call: string;
  /** never quoted in a message */
  readonly secret: string;
  /** true: a success needs nothing but its status */
  readonly bodyless: boolean;
  /** what an answer without success means; by its status unless told */
  readonly failureOf?: (answer: Answer) => ApiFailure | null;
}

export interface ApiFailure {
  readonly kind: MappErrorKind;
  /** instead of the quoted body */
  readonly said?: string;
  readonly code?: string;
  readonly retryAfterMs?: number;
}

/** One call and its success, a 2xx; anything else is thrown as a `MappError`. It is never repeated. */
export async function callApi(one: ApiCall): Promise<Answer> {
  const { agent, request, timeoutMs, call, secret, bodyless, failureOf } = one;
  let answer: Answer;
  try {
    answer = await exchange(agent, request, timeoutMs);
  } catch (error) {
    throw withoutAnswer(`${call} at ${request.origin}`, timeoutMs, error);
  }
  if (answer.status >= 200 && answer.status < 300 && (answer.complete || bodyless)) return answer;
  if (!answer.complete && answer.status < 300) {
    throw new MappError('connection_lost', `${call}: the answer was cut short`, { status: answer.status });
  }
  const asked = retryAfter(answer.headers['retry-after'], Date.now());
  const failure = failureOf?.(answer) ?? { kind: kindOfStatus(answer.status, asked) };
  const retryAfterMs = asked ?? failure.retryAfterMs;
  const said = failure.said ?? quote(answer, secret);
  throw new MappError(failure.kind, `${call} answered ${answer.status}${said === '' ? '' : `: ${said}`}`, {
    status: answer.status,
    ...(failure.code === undefined ? {} : { code: failure.code }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** The beginning of an answer's body as a text without the secret. */
export function quote(answer: Answer, secret: string): string {
  return answer.body.subarray(0, MAX_QUOTED_BYTES).toString().replaceAll(secret, '***').trim();
}

function withoutAnswer(where: string, timeoutMs: number, error: unknown): MappError {
  if (isMappError(error)) return error;
  const cause = error instanceof NoAnswer ? error.cause : error;
  if (!(error instanceof NoAnswer) || !error.sent) {
    const why = error instanceof NoAnswer && error.timedOut ? `no connection within ${timeoutMs} ms` : describe(cause);
    return new MappError('unreachable', `${where}: cannot connect: ${why}`, { cause });
  }
  return error.timedOut
    ? new MappError('timeout', `${where}: no answer within ${timeoutMs} ms; Mapp may have taken the call`, { cause })
    : new MappError(
        'connection_lost',
        `${where}: the connection was lost (${describe(cause)}); Mapp may have taken the call`,
        { cause },
      );
}

/** Node wraps the failures of several addresses into one error without a message. */
function describe(cause: unknown): string {
  if (cause instanceof AggregateError) return cause.errors.map(describe).join(', ');
  return cause instanceof Error ? cause.message : String(cause);
}

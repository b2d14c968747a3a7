import { Agent } from 'undici';
import { exactJson } from '../mapp/exact-json.ts';
import { type Answer, exchange, NoAnswer } from '../mapp/exchange.ts';
import type { Effect, Webhook } from '../plan/effect.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import type { LoneCaller } from './alone.ts';
import type { Turn } from './pacer.ts';
import type { Settlement } from './settle.ts';

const CONNECT_TIMEOUT_MS = 5_000;
/** How much of an answer is read, and how much of it a run keeps: it travels in histories. */
const MAX_READ_BYTES = 1024 * 1024;
const MAX_KEPT_BYTES = 16 * 1024;
/** How much of an answer goes into a reason. */
const MAX_QUOTED = 300;

export interface WebhookParts {
  /** value of an environment variable */
  readonly secret: (name: string) => string | undefined;
  readonly draining: AbortSignal;
}

/** Calls to anywhere: not paced, and redirects are not followed. `close` ends when calls in flight are done. */
export function webhookCaller({ secret, draining }: WebhookParts): LoneCaller & { close(): Promise<void> } {
  const agent = new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: 0, // `exchange` bounds the whole call
    bodyTimeout: 0,
    maxResponseSize: MAX_READ_BYTES,
  });
  return {
    inLane: false,
    turn: async () => (draining.aborted ? { refused: 'draining', retryInMs: 0 } : FREE),

    async call(effect) {
      const { key, operation } = effect;
      if (operation.type !== 'webhook') throw new Error(`${key} is no webhook`);
      const token = operation.bearer === null ? null : secret(operation.bearer)?.trim();
      if (token === undefined || token === '') {
        return { key, outcome: 'rejected', reason: `the environment variable ${operation.bearer} is not set` };
      }
      const hidden = (text: string) => (token === null ? text : text.replaceAll(token, '***'));
      try {
        const { origin, pathname, search } = new URL(operation.url);
        const { headers, body } = requestOf(effect, operation, token);
        const request = { origin, path: pathname + search, method: operation.method, headers, body };
        return settlementOf(key, operation, await exchange(agent, request, operation.timeout), hidden);
      } catch (error) {
        return withoutAnswer(key, operation, error, hidden);
      }
    },

    close: () => agent.close(),
  };
}

const FREE: Turn = { startedAt: 0, succeeded() {}, failed: () => null, unused() {} };

/** An author's header replaces ours of the same name. The same key in every attempt lets the other side know a repetition. */
function requestOf(
  { entry, step, visit }: Effect,
  { headers, body }: Webhook,
  token: string | null,
): { readonly headers: { readonly [name: string]: string }; readonly body: Buffer | null } {
  const text = body === null || typeof body === 'string' ? body : JSON.stringify(body);
  const own: { [name: string]: string } = {
    'user-agent': 'mapp-flows',
    accept: 'application/json, */*;q=0.5',
    'idempotency-key': `${entry}/${step}/${visit}`,
  };
  if (text !== null) own['content-type'] = typeof body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  if (token !== null) own.authorization = `Bearer ${token}`;
  for (const [name, value] of Object.entries(headers)) own[name.toLowerCase()] = value;
  return { headers: own, body: text === null ? null : Buffer.from(text) };
}

function settlementOf(key: string, { expect }: Webhook, answer: Answer, hidden: (text: string) => string): Settlement {
  const { status } = answer;
  const brought: JsonObject = { status, body: bodyOf(answer, hidden) };
  const good = expect === null ? status >= 200 && status < 300 : expect.includes(status);
  if (good) return { key, outcome: 'accepted', reason: null, answer: brought };
  const said = hidden(answer.body.subarray(0, MAX_QUOTED).toString()).trim();
  const accepted = expect === null ? 'a 2xx' : expect.join(' or ');
  const reason = `it answered ${status}, expected ${accepted}${said === '' ? '' : `: ${said}`}`;
  return { key, outcome: 'rejected', reason, answer: brought };
}

function withoutAnswer(
  key: string,
  { timeout }: Webhook,
  error: unknown,
  hidden: (text: string) => string,
): Settlement {
  const cause = error instanceof NoAnswer ? error.cause : error;
  const why = hidden(cause instanceof Error ? cause.message : String(cause ?? 'time is over'));
  if (!(error instanceof NoAnswer) || !error.sent)
    return { key, outcome: 'rejected', reason: `it cannot be called: ${why}` };
  const reason = error.timedOut
    ? `no answer within ${timeout} ms; the call may have been taken`
    : `the connection was lost (${why}); the call may have been taken`;
  return { key, outcome: 'unknown', reason };
}

/** JSON where the answer says so and is read whole, else its text; null for none. */
function bodyOf({ body, complete, headers }: Answer, hidden: (text: string) => string): Json {
  const text = hidden(body.subarray(0, MAX_KEPT_BYTES).toString());
  if (text === '') return null;
  const whole = complete && body.length <= MAX_KEPT_BYTES;
  if (!whole || !/\bjson\b/i.test(headers['content-type'] ?? '')) return text;
  try {
    return exactJson(text);
  } catch {
    return text;
  }
}

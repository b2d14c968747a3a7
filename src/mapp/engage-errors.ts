import type { JsonObject } from '../plan/json.ts';
import { isObject } from '../plan/values.ts';
import type { ApiFailure } from './api-call.ts';
import { exactJson } from './exact-json.ts';
import type { Answer } from './exchange.ts';

/** Mapp's advice after a throttled call is to wait at least that long (docs.mapp.com "Engage API error handling"). */
const THROTTLED_MS = 30_000;
const THROTTLED = /database access limit exceeded/i;

/**
 * What an answer of Engage without success means. It knows no 429: a 500 that speaks of the access limit is its throttle,
 * taken for one that turned the call away (an assumption, as 503 with Retry-After is). 417: the account has expired. Null:
 * the status says it all. Some methods answer 400 in plain text, which is quoted as it is.
 */
export function engageFailure(answer: Answer): ApiFailure | null {
  const text = answer.body.toString();
  if (answer.status === 500 && THROTTLED.test(text)) return { kind: 'throttled', retryAfterMs: THROTTLED_MS };
  if (answer.status === 417) return { kind: 'forbidden' };
  if (answer.status === 406) return { kind: 'refused' };
  if (answer.status !== 400) return null;
  const body = errorBody(text);
  if (body === null) return null;
  const { errorCode, message } = body;
  const about = ['objectType', 'propertyName', 'propertyValue', 'parameterName']
    .filter((key) => (body[key] ?? null) !== null)
    .map((key) => `${key} ${body[key]}`);
  const said = [errorCode, message, ...about].filter((part) => typeof part === 'string').join(', ');
  return { kind: 'refused', said, ...(typeof errorCode === 'string' && { code: errorCode }) };
}

/** The code of a 400 for something that does not exist: a contact, a membership, a message. */
export const NO_SUCH_OBJECT = 'NO_SUCH_OBJECT';

function errorBody(text: string): JsonObject | null {
  try {
    const value = exactJson(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

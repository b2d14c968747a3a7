import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { parse } from 'lossless-json';
import type { Json } from '../plan/json.ts';
import { Problem } from './problem.ts';

/** Most bytes a request may hold, before and after inflating (CONTRACT.md §3). */
export const BODY_LIMIT = 8 * 1024 * 1024;

const inflate = promisify(gunzip);

export function tooManyBytes(): Problem {
  return new Problem('too_large', `the body is over ${BODY_LIMIT} bytes, the most one request may hold`, {
    errors: [{ pointer: null, detail: `at most ${BODY_LIMIT} bytes (8 MiB) are accepted, counted after inflating` }],
    extra: { limitBytes: BODY_LIMIT },
  });
}

/** The body's bytes without their `Content-Encoding`: none, `identity` or `gzip`. */
export async function decodeBody(raw: Buffer, encoding: string | undefined): Promise<Buffer> {
  const name = encoding?.trim().toLowerCase() ?? 'identity';
  if (name === 'identity' || name === '') return raw;
  if (name !== 'gzip' && name !== 'x-gzip') {
    const detail = `content encoding ${JSON.stringify(name)} is not supported; use gzip or none`;
    throw new Problem('unsupported_media_type', detail, {
      errors: [{ pointer: null, detail }],
      headers: { 'accept-encoding': 'gzip, identity' },
    });
  }
  try {
    return await inflate(raw, { maxOutputLength: BODY_LIMIT });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooManyBytes();
    throw malformed('the body says it is gzip, and cannot be inflated');
  }
}

/**
 * JSON of a body, with every number that a double would change kept as text: integers beyond 2^53 become strings of
 * their digits (mParticle's and Lytics' ids), numbers too large or small for a double the text that was sent. Decimals
 * are read as doubles. A key that occurs twice with different values is refused, because nobody can say which was meant,
 * unless `repeatedKeys` is `last`: then the last one counts, as nearly every reader of JSON has it.
 */
export function readJson(
  bytes: Buffer,
  { repeatedKeys = 'refused' }: { repeatedKeys?: 'refused' | 'last' } = {},
): Json {
  if (bytes.length === 0) throw malformed('the body is empty');
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw malformed('the body is not valid UTF-8');
  }
  let value: Json;
  try {
    const onDuplicateKey = repeatedKeys === 'last' ? ({ newValue }: { newValue: unknown }) => newValue : undefined;
    value = parse(text, null, { parseNumber: number, ...(onDuplicateKey && { onDuplicateKey }) }) as Json;
  } catch (error) {
    if (error instanceof RangeError) throw tooDeep();
    throw malformed(describe((error as Error).message));
  }
  if (depthOver(value, DEPTH_LIMIT)) throw tooDeep();
  return value;
}

/** Levels of nesting of a whole body; what an event may hold is narrower (`limits.ts`). */
const DEPTH_LIMIT = 64;

/** Whether a value is nested deeper than `limit` levels; a text or number has none, an empty object one. */
export function depthOver(value: Json | undefined, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (limit === 0) return true;
  return Object.values(value).some((inner) => depthOver(inner, limit - 1));
}

function number(text: string): number | string {
  const value = Number(text);
  if (!Number.isFinite(value)) return text;
  if (value === 0 && /[1-9]/.test(text.split(/e/i)[0]!)) return text;
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? text : value;
}

/** The parser's message quotes the body, which may hold personal data: only the place and the kind of mistake go out. */
function describe(message: string): string {
  const place = /position (\d+)/.exec(message);
  const at = place ? ` at character ${place[1]}` : '';
  return message.startsWith('Duplicate key')
    ? `a key of the body occurs twice with different values${at}`
    : `the body is not JSON${at ? `: the mistake is${at}` : ''}`;
}

function tooDeep(): Problem {
  return malformed(`the body is nested more than ${DEPTH_LIMIT} levels deep`);
}

function malformed(detail: string): Problem {
  return new Problem('malformed_body', detail, { errors: [{ pointer: null, detail }] });
}

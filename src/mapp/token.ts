/**
 * Mapp Connect's request authentication: a JWT in the header `auth-token` that signs the exact bytes of one request
 * (docs.mapp.com "Mapp Connect PHP example" and "Introduction Connect"; the five official clients agree).
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** Unit of the token's `exp`: Mapp's pages say milliseconds, five of its own clients send seconds. */
export type ExpUnit = 'ms' | 's';

/** How long a token of ours is good for, in ms. */
export const TOKEN_LIFETIME_MS = 600_000;
/** How far the two clocks may differ before a token counts as expired, in ms. */
const CLOCK_SKEW_MS = 60_000;
/** An `exp` from here on is read as milliseconds; as seconds it would lie in the year 5138. */
const FIRST_MILLISECONDS = 1e11;

const HEADER = base64url('{"alg":"HS256"}');

/**
 * SHA-1, lower-case hex, of path, `|` body, `|` query; an empty part brings no pipe. The path begins at `/api/v`: what a
 * proxy adds before it (`/charon`) is not signed. `query` is as on the wire, without `?`. The method is not part of it.
 */
export function requestHash(path: string, body: Uint8Array | string, query: string): string {
  const hash = createHash('sha1').update(path.slice(Math.max(0, path.lastIndexOf('/api/v'))));
  if (body.length > 0) hash.update('|').update(body);
  if (query.length > 0) hash.update('|').update(query);
  return hash.digest('hex');
}

/** The token for one request hash. `expires` is in ms since the epoch; the secret's text is the key, not decoded. */
export function signToken(hash: string, secret: string, expires: number, unit: ExpUnit): string {
  const exp = unit === 'ms' ? expires : Math.floor(expires / 1000);
  const signed = `${HEADER}.${base64url(JSON.stringify({ 'request-hash': hash, exp }))}`;
  return `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`;
}

/**
 * Why a server must refuse the token, or null where it is good. As lenient as Mapp has to be for its own clients: any
 * order of claims, further header fields, `exp` in either unit or absent, `+ / =` in the signature. `now` is in ms.
 */
export function tokenFault(token: string | undefined, hash: string, secret: string, now: number): string | null {
  if (token === undefined || token === '') return 'the header auth-token is missing';
  const segments = token.split('.');
  const [header = '', payload = '', signature = ''] = segments;
  if (segments.length !== 3) return 'auth-token is not a JWT: it needs three segments';
  const alg = segmentJson(header)?.alg;
  if (alg !== 'HS256') return `auth-token must be signed with HS256, its header says ${JSON.stringify(alg ?? null)}`;
  const expected = createHmac('sha256', secret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, 'base64url'); // Node's decoder takes both alphabets, with and without padding
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return 'the signature is wrong';
  const claims = segmentJson(payload);
  if (claims === null) return 'the payload of auth-token is not a JSON object';
  if (claims['request-hash'] !== hash) return 'request-hash does not fit the request';
  const exp = claims.exp;
  if (exp === undefined) return null;
  if (typeof exp !== 'number') return 'exp must be a number: ms or s since the epoch';
  const expires = exp >= FIRST_MILLISECONDS ? exp : exp * 1000;
  return expires + CLOCK_SKEW_MS < now ? `auth-token expired at ${new Date(expires).toISOString()}` : null;
}

function base64url(text: string): string {
  return Buffer.from(text).toString('base64url');
}

function segmentJson(segment: string): { readonly [key: string]: unknown } | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(segment, 'base64url').toString());
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null;
  } catch {
    return null;
  }
}

/** Signatures of webhooks over the bytes as they came: who made them knows one of the secrets. */
import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { matchesSecret } from '../secrets.ts';
import type { RawRequest } from '../source-adapter.ts';

/** Seconds by which a signed timestamp may be off, either way. */
const TOLERANCE = 300;

/** A way to sign, known by its header. `verify` looks at nothing but headers and bytes, in constant time. */
interface Scheme {
  readonly header: readonly string[];
  verify(request: RawRequest, secrets: readonly string[]): boolean;
}

/**
 * standardwebhooks.com (`svix-…`: the same by its older names), docs.stripe.com/webhooks/signature, Shopify's and GitHub's,
 * whose header many others use too.
 */
const SCHEMES = {
  standard: {
    header: ['webhook-signature', 'svix-signature'],
    verify(request, secrets) {
      const [id, time, given] = ['id', 'timestamp', 'signature'].map((name) => webhookHeader(request.headers, name));
      if (id === undefined || time === undefined || given === undefined || !isNear(time, request.received))
        return false;
      const content = signedContent(`${id}.${time}.`, request.raw);
      const expected = secrets.flatMap(standardKeys).map((key) => `v1,${hmac('sha256', key, content, 'base64')}`);
      return anyMatches(given.split(' '), expected);
    },
  },
  stripe: {
    header: ['stripe-signature'],
    verify({ headers, raw, received }, secrets) {
      const parts = header(headers, 'stripe-signature')!
        .split(',')
        .map((part) => part.trim().split('='));
      const time = parts.find(([name]) => name === 't')?.[1];
      if (time === undefined || !isNear(time, received)) return false;
      const given = parts.flatMap(([name, value]) => (name === 'v1' && value !== undefined ? [value] : []));
      const content = signedContent(`${time}.`, raw);
      return anyMatches(
        given,
        secrets.map((secret) => hmac('sha256', secret, content, 'hex')),
      );
    },
  },
  shopify: {
    header: ['x-shopify-hmac-sha256', 'shopify-hmac-sha256'],
    verify({ headers, raw }, secrets) {
      const given = header(headers, 'x-shopify-hmac-sha256') ?? header(headers, 'shopify-hmac-sha256')!;
      return anyMatches(
        [given],
        secrets.map((secret) => hmac('sha256', secret, raw, 'base64')),
      );
    },
  },
  github: {
    header: ['x-hub-signature-256'],
    verify({ headers, raw }, secrets) {
      return anyMatches(
        [header(headers, 'x-hub-signature-256')!],
        secrets.map((secret) => `sha256=${hmac('sha256', secret, raw, 'hex')}`),
      );
    },
  },
} satisfies { readonly [name: string]: Scheme };

export type SignatureScheme = keyof typeof SCHEMES;

/** The scheme that a request's headers show; null: it is not signed in any way we know. */
export function schemeOf(headers: IncomingHttpHeaders): SignatureScheme | null {
  const names = Object.keys(SCHEMES) as SignatureScheme[];
  return names.find((name) => SCHEMES[name].header.some((one) => headers[one] !== undefined)) ?? null;
}

export function isSigned(request: RawRequest, secrets: readonly string[]): boolean {
  const scheme = schemeOf(request.headers);
  return scheme !== null && SCHEMES[scheme].verify(request, secrets);
}

/** Whether the hex HMAC-SHA1 is that of one of the texts with one of the secrets. */
export function isSignedSha1(given: string, texts: readonly Buffer[], secrets: readonly string[]): boolean {
  const expected = texts.flatMap((text) => secrets.map((secret) => hmac('sha1', secret, text, 'hex')));
  return anyMatches([given.trim().toLowerCase()], expected);
}

/** A header of Standard Webhooks by either of its names. */
export function webhookHeader(headers: IncomingHttpHeaders, name: string): string | undefined {
  return header(headers, `webhook-${name}`) ?? header(headers, `svix-${name}`);
}

export function header(headers: IncomingHttpHeaders, name: string): string | undefined {
  const value = headers[name];
  return Array.isArray(value) ? value[0] : value;
}

/** `whsec_` and base64; a secret that was agreed otherwise may be base64 or plain text. */
function standardKeys(secret: string): Buffer[] {
  const decoded = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return secret.startsWith('whsec_') ? [decoded] : [Buffer.from(secret), decoded];
}

function isNear(seconds: string, now: Date): boolean {
  return /^\d{1,12}$/.test(seconds) && Math.abs(Math.floor(now.getTime() / 1000) - Number(seconds)) <= TOLERANCE;
}

function signedContent(prefix: string, raw: Buffer): Buffer {
  return Buffer.concat([Buffer.from(prefix), raw]);
}

function hmac(algorithm: string, key: string | Buffer, content: Buffer, encoding: 'hex' | 'base64'): string {
  return createHmac(algorithm, key).update(content).digest(encoding);
}

/** Every given one is compared with every expected one, whatever is found. */
function anyMatches(given: readonly string[], expected: readonly string[]): boolean {
  return given.filter((one) => matchesSecret(one, expected)).length > 0;
}

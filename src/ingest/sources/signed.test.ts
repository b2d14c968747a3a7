/** The vectors of `samples/common/signature-vectors.json`, whose clock is pinned. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { firstElement } from './first-element.ts';
import { segment } from './segment.ts';
import { standardWebhooks } from './standard-webhooks.ts';

interface Vector {
  readonly scheme: string;
  readonly name: string;
  readonly secret: string;
  readonly now: number;
  readonly headers: { readonly [name: string]: string };
  readonly rawBody: string;
  readonly expect: 'valid' | 'invalid';
}
const FILE = new URL('./samples/common/signature-vectors.json', import.meta.url);
const { vectors } = JSON.parse(readFileSync(FILE, 'utf8')) as { vectors: readonly Vector[] };

function judge({ scheme, secret, now, headers, rawBody }: Vector, secrets = [secret]) {
  const request = { headers, raw: Buffer.from(rawBody), received: new Date(now * 1000) };
  return scheme === 'segment'
    ? segment.authenticate(request, secrets, 'hmac_sha1')
    : standardWebhooks.authenticate(request, secrets, 'secret');
}

/** stripe-node bounds the age only; a moment far ahead is refused here. */
const STRICTER = 'stripe future-timestamp';

test.each(vectors.map((vector) => [`${vector.scheme} ${vector.name}`, vector] as const))('%s', (name, vector) => {
  const valid = vector.expect === 'valid' && name !== STRICTER;
  expect(judge(vector)).toBe(valid ? 'accepted' : 'refused');
  expect(judge(vector, ['another', vector.secret])).toBe(valid ? 'accepted' : 'refused');
  expect(judge(vector, ['another'])).toBe('refused');
});

test('300 seconds are near, 301 are not, either way', () => {
  const good = vectors.find(({ scheme, name }) => scheme === 'standard-webhooks' && name === 'good')!;
  const signed = Number(good.headers['webhook-timestamp']);
  const verdicts = [-301, -300, 300, 301].map((off) => judge({ ...good, now: signed + off }));
  expect(verdicts).toEqual(['refused', 'accepted', 'accepted', 'refused']);
});

test('svix’s names of the headers, and a secret that is plain text', () => {
  const raw = Buffer.from('{"type":"x"}');
  const signature = createHmac('sha256', 'plain text').update(`m1.1777629660.${raw}`).digest('base64');
  const headers = { 'svix-id': 'm1', 'svix-timestamp': '1777629660', 'svix-signature': `v1,${signature}` };
  const request = { headers, raw, received: new Date(1777629660_000) };
  expect(standardWebhooks.authenticate(request, ['plain text'], 'secret')).toBe('accepted');
  expect(standardWebhooks.authenticate({ ...request, headers: {} }, ['plain text'], 'secret')).toBe('refused');
});

test.each([
  ['[{"a":"]},\\""},2]', '{"a":"]},\\""}'],
  [' [ 1 , 2]', '1'],
  ['[[1,[2]],3]', '[1,[2]]'],
  ['[{}]', '{}'],
  ['[]', ''],
  ['{"a":1}', null],
  ['[{"a":1', null],
  ['["a', null],
  ['', null],
])('first element of %s', (text, element) => {
  expect(firstElement(Buffer.from(text))?.toString() ?? null).toBe(element);
});

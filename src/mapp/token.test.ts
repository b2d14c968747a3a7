import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { requestHash, signToken, tokenFault } from './token.ts';

// The vectors were cross-checked with Mapp's published JavaScript and Java clients, Python and openssl.
const secret = 'sandbox-secret-0123456789abcdef';
const now = Date.UTC(2026, 0, 1);
const expires = now + 600_000;
const P = '/charon/api/v1/integration/11111111-2222-4333-8444-555555555555';
const header = 'eyJhbGciOiJIUzI1NiJ9';
const email = '{"email":"user@example.com","messageId":"2324333335","first":"firstval"}';
const emailHash = 'c6c8157d3fa893d105bee0e3c23de6653c71c94f';
const emailPayload =
  'eyJyZXF1ZXN0LWhhc2giOiJjNmM4MTU3ZDNmYTg5M2QxMDViZWUwZTNjMjNkZTY2NTNjNzFjOTRmIiwiZXhwIjoxNzY3MjI2MjAw';

const vectors = [
  {
    name: 'V1 GET group',
    path: `${P}/group`,
    body: '',
    query: '',
    hash: 'be18225b0573c297ebb87bc859681bc6236c170d',
    token: `${header}.eyJyZXF1ZXN0LWhhc2giOiJiZTE4MjI1YjA1NzNjMjk3ZWJiODdiYzg1OTY4MWJjNjIzNmMxNzBkIiwiZXhwIjoxNzY3MjI2MjAwMDAwfQ.9QQi-guRFlKCreMVZcDd3JFlc0JVZV6eBRGoioFin8Y`,
  },
  {
    name: 'V2 POST event, email',
    path: `${P}/event`,
    body: email,
    query: 'subtype=email',
    hash: emailHash,
    token: `${header}.${emailPayload}MDAwfQ.PUYhofCs8Y61NJz0h3jgwJaELZ_RD0s7gM4LS2u5rC8`,
  },
  {
    name: 'V4 POST event, UTF-8 body',
    path: `${P}/event`,
    body: '{"email":"zoë@example.com","group":"10144","city":"Köln"}',
    query: 'subtype=user',
    hash: 'd29afa7cbd0711a19e99add57565792900d23788',
    token: `${header}.eyJyZXF1ZXN0LWhhc2giOiJkMjlhZmE3Y2JkMDcxMWExOWU5OWFkZDU3NTY1NzkyOTAwZDIzNzg4IiwiZXhwIjoxNzY3MjI2MjAwMDAwfQ.hdx9rsXj8pyDMyJgRL8DhN8jXx2HYZ7wR1snogVqANY`,
  },
  {
    name: 'V5 POST batch',
    path: `${P}/event/batch`,
    body: '[{"email":"a@example.com","group":"10144"},{"email":"b@example.com","group":"10144"}]',
    query: 'subtype=user',
    hash: 'c0f2bc88d9213349cf818572e65f1c86b6ea5acb',
    token: `${header}.eyJyZXF1ZXN0LWhhc2giOiJjMGYyYmM4OGQ5MjEzMzQ5Y2Y4MTg1NzJlNjVmMWM4NmI2ZWE1YWNiIiwiZXhwIjoxNzY3MjI2MjAwMDAwfQ.nin_rU2HTmLpJvKdPR8dLqayGuFdaJN4HbvKXKsf9oU`,
  },
  {
    name: 'V6 GET with an encoded query',
    path: `${P}/message/history`,
    body: '',
    query: 'userEmail=user%2Btag@example.com&numberOfRows=10&offset=0',
    hash: 'ae3e08da61bc0c514573f88977f115e86031044d',
    token: `${header}.eyJyZXF1ZXN0LWhhc2giOiJhZTNlMDhkYTYxYmMwYzUxNDU3M2Y4ODk3N2YxMTVlODYwMzEwNDRkIiwiZXhwIjoxNzY3MjI2MjAwMDAwfQ.knXyqjbNWRNTliDX6OxVl7dtCiycgD82nKPgoBiXBko`,
  },
];

test.each(vectors)('$name', ({ path, body, query, hash, token }) => {
  expect(requestHash(path, body, query)).toBe(hash);
  expect(signToken(hash, secret, expires, 'ms')).toBe(token);
  expect(tokenFault(token, hash, secret, now)).toBeNull();
});

test('V3: exp in seconds', () => {
  const token = `${header}.${emailPayload}fQ.rpIgi6nyKQnLg8k5NLryl3KNr3h5vHFKODU5XbP53Yw`;
  expect(signToken(emailHash, secret, expires, 's')).toBe(token);
  expect(tokenFault(token, emailHash, secret, now)).toBeNull();
});

test('V7: a header with typ, as the PHP clients send it, is accepted', () => {
  const token = `eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.${emailPayload}MDAwfQ.gIALbgtbpB4KcnzFsK0yYVSr5yNMCjPcP-qbMRdzJQ0`;
  expect(tokenFault(token, emailHash, secret, now)).toBeNull();
});

test('V8: a signature in the standard alphabet, as the JavaScript clients send it, is accepted', () => {
  const correct = '-Fvyqo-oha-KzV-IlmmwwqolyCEw_sRtaLZ_w5PFufo';
  const token = `${header}.${emailPayload}MDQyfQ`;
  expect(signToken(emailHash, secret, 1767226200042, 'ms')).toBe(`${token}.${correct}`);
  for (const signature of [
    correct,
    '-Fvyqo+oha+KzV+IlmmwwqolyCEw_sRtaLZ/w5PFufo',
    '+Fvyqo+oha+KzV+IlmmwwqolyCEw/sRtaLZ/w5PFufo=',
  ]) {
    expect(tokenFault(`${token}.${signature}`, emailHash, secret, now)).toBeNull();
  }
});

test('a hash over path, query, body is refused', () => {
  const path = P.slice('/charon'.length);
  const swapped = createHash('sha1').update(`${path}/event|subtype=email|${email}`).digest('hex');
  expect(swapped).toBe('9423c0468860e37ddd43bc925af76c24fc53e1b0');
  expect(requestHash(`${P}/event`, email, 'subtype=email')).not.toBe(swapped);
  expect(tokenFault(signToken(swapped, secret, expires, 'ms'), emailHash, secret, now)).toMatch('request-hash');
});

test('what is refused, and why', () => {
  const good = signToken(emailHash, secret, expires, 'ms');
  const faults = (token: string | undefined, at = now) => tokenFault(token, emailHash, secret, at);
  expect(faults(undefined)).toMatch('missing');
  expect(faults('abc')).toMatch('three segments');
  expect(faults(signToken(emailHash, 'another secret', expires, 'ms'))).toMatch('signature');
  expect(faults(good, expires + 60_000)).toBeNull();
  expect(faults(good, expires + 60_001)).toMatch('expired at 2026-01-01T00:10:00.000Z');
  expect(faults(signToken(emailHash, secret, expires, 's'), expires + 61_000)).toMatch('expired');
  const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${good.split('.')[1]}.`;
  expect(faults(none)).toMatch('"none"');
});

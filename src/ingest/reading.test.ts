import { expect, test } from 'vitest';
import { readIdentifier } from './contact.ts';
import { readName, storable } from './limits.ts';
import { Problem } from './problem.ts';
import { depthOver, readJson } from './read-json.ts';
import { authorization, matchesSecret } from './secrets.ts';
import { readTimestamp } from './timestamp.ts';

const read = (text: string) => readJson(Buffer.from(text));

test('numbers that a double would change stay text', () => {
  expect(read('[1, -2.5, 189.90, 9007199254740991, 1e3]')).toEqual([1, -2.5, 189.9, 9007199254740991, 1000]);
  expect(read('[9007199254740993, -6558165446704400378, 1e400, 1e-400, 1e20, 0e5]')).toEqual([
    '9007199254740993',
    '-6558165446704400378',
    '1e400',
    '1e-400',
    '1e20',
    0,
  ]);
  expect(read('0.1000000000000000055')).toBe(0.1);
});

test.each([
  ['', 'the body is empty'],
  ['{"a": secret', 'the body is not JSON: the mistake is at character 6'],
  ['{"a":1,"a":2}', 'a key of the body occurs twice with different values at character 8'],
  ['['.repeat(100) + ']'.repeat(100), 'the body is nested more than 64 levels deep'],
  ['['.repeat(100_000), 'the body is'],
])('a body that cannot be read is refused without quoting it: %#', (text, detail) => {
  const refused = () => read(text);
  expect(refused).toThrow(detail);
  expect(refused).toThrow(Problem);
  expect(refused).not.toThrow('secret');
});

test('of a key said twice the last counts, where vendors send', () => {
  expect(readJson(Buffer.from('{"a":1,"b":{"c":1,"c":2},"a":3}'), { repeatedKeys: 'last' })).toEqual({
    a: 3,
    b: { c: 2 },
  });
});

test('a body that is not UTF-8 is refused', () => {
  expect(() => readJson(Buffer.from([0x22, 0xff, 0x22]))).toThrow('not valid UTF-8');
});

test('a key named __proto__ is only a key', () => {
  const value = read('{"__proto__": {"polluted": true}}');
  expect(Object.keys(value as object)).toEqual(['__proto__']);
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

test('depth counts objects and lists', () => {
  expect(depthOver({ a: [1] }, 2)).toBe(false);
  expect(depthOver({ a: [[]] }, 2)).toBe(true);
});

test.each([
  ['2026-03-27T10:00:00Z', '2026-03-27T10:00:00.000Z'],
  ['2026-03-27t10:00:00.123456789+01:00', '2026-03-27T09:00:00.123Z'],
  ['2024-02-29T23:59:59-0530', '2024-03-01T05:29:59.000Z'],
  ['2016-12-31T23:59:60Z', '2017-01-01T00:00:00.000Z'],
  [1777629661500, '2026-05-01T10:01:01.500Z'],
  ['1777629661500', '2026-05-01T10:01:01.500Z'],
])('%s is a moment', (given, iso) => {
  expect(new Date(readTimestamp(given)!).toISOString()).toBe(iso);
});

test.each([
  '2026-03-27T10:00:00',
  '2026-02-30T10:00:00Z',
  '2015-2-02',
  '2026-03-27T24:00:00Z',
  '2026-03-27T10:00:00Z[UTC]',
  '1777629661',
  1777629661,
  '0001-01-01T00:00:00Z',
  '1969-12-31T23:59:59Z',
  true,
  null,
  undefined,
])('%s is no moment', (given) => {
  expect(readTimestamp(given)).toBeNull();
});

test.each(['', '  ', 'null', 'undefined', 'NULL', 'redacted', null, undefined])('%s is no identifier', (given) => {
  expect(readIdentifier('email', given)).toEqual({});
});

test.each(['ada', 'ada@', '@example.com', 'a b@example.com', 'ada@example', 'ada@exa..mple.com', 'a@b@example.com'])(
  '%s is not an e-mail address',
  (given) => expect(readIdentifier('email', given).problem).toContain('not an e-mail address'),
);

test('identifiers are trimmed text or integers', () => {
  expect(readIdentifier('email', ' Ada.L+x@Example.co.uk ')).toEqual({ value: 'Ada.L+x@Example.co.uk' });
  expect(readIdentifier('email', 'jörg@bücher.example')).toEqual({ value: 'jörg@bücher.example' });
  expect(readIdentifier('external_id', 4711)).toEqual({ value: '4711' });
  expect(readIdentifier('mobile', '+49 (170) 123-4567')).toEqual({ value: '+49 (170) 123-4567' });
  expect(readIdentifier('mobile', 'call me')).toHaveProperty('problem');
  expect(readIdentifier('external_id', { a: 1 })).toEqual({ problem: 'external_id must be text' });
  expect(readIdentifier('external_id', 'a\0b').problem).toContain('control character');
});

test('names are trimmed and short', () => {
  expect(readName(' order_placed ')).toBe('order_placed');
  for (const bad of ['', ' ', 'a\nb', 'x'.repeat(257), 5, '\ud800']) expect(readName(bad)).toBeNull();
});

test('what Postgres refuses is replaced and noted', () => {
  const notes: { pointer: string; detail: string }[] = [];
  expect(storable({ 'a/b': ['x\0', 'ok 😀'], 'k\ud800': 1 }, '', notes)).toEqual({
    'a/b': ['x\uFFFD', 'ok 😀'],
    'k\uFFFD': 1,
  });
  expect(notes.map((note) => note.pointer)).toEqual(['/a~1b/0', '']);
});

test('any of several secrets matches, in any case of the scheme', () => {
  expect(authorization('bearer  abc', 'Bearer')).toBe('abc');
  expect(authorization('Token abc', 'Bearer')).toBeNull();
  expect(matchesSecret('old', ['new', 'old'])).toBe(true);
  expect(matchesSecret('ol', ['new', 'old'])).toBe(false);
  expect(matchesSecret('', [])).toBe(false);
});

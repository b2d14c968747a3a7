import { expect, test } from 'vitest';
import { createSealer } from './seal.ts';

const OLD = Buffer.alloc(32, 1);
const NEW = Buffer.alloc(32, 2);

test('what was sealed opens with its key, also after the key was changed', () => {
  const stored = createSealer([OLD]).seal('{"email":"ada@example.com"}');
  expect(stored).not.toContain('ada');
  expect(createSealer([OLD]).open(stored)).toBe('{"email":"ada@example.com"}');
  expect(createSealer([NEW, OLD]).open(stored)).toBe('{"email":"ada@example.com"}');
  expect(createSealer([NEW]).open(stored)).toBeNull();
  expect(createSealer([]).open(stored)).toBeNull();
});

test('a changed text does not open', () => {
  const stored = createSealer([OLD]).seal('{"a":1}');
  const at = stored.length - 12;
  const flipped = stored.slice(0, at) + (stored[at] === 'A' ? 'B' : 'A') + stored.slice(at + 1);
  expect(createSealer([OLD]).open(flipped)).toBeNull();
});

test('without a key texts stay, and those from before a key open', () => {
  expect(createSealer([]).seal('{"a":1}')).toBe('{"a":1}');
  expect(createSealer([OLD]).open('{"a":1}')).toBe('{"a":1}');
});

test('fingerprints are the same for the same text and key only', () => {
  const print = (text: string, ...keys: Buffer[]) => createSealer(keys).fingerprint(text);
  expect(print('a', OLD)).toBe(print('a', OLD));
  expect(new Set([print('a'), print('a', OLD), print('a', NEW), print('b', OLD)]).size).toBe(4);
});

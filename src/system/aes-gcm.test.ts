import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { decrypt, encrypt, encryptStable } from './aes-gcm.ts';

const [key, other] = [randomBytes(32), randomBytes(32)];
const text = Buffer.from('1990-03-27');

test('a random nonce hides that two texts are equal; a stable one shows it, under one key only', () => {
  expect(encrypt(key, text).equals(encrypt(key, text))).toBe(false);
  expect(encryptStable(key, text).equals(encryptStable(key, text))).toBe(true);
  expect(encryptStable(key, text).equals(encryptStable(other, text))).toBe(false);
  const [one, two] = [encryptStable(key, text), encryptStable(key, Buffer.from('1990-03-28'))];
  expect(one.subarray(0, 12).equals(two.subarray(0, 12))).toBe(false);
});

test('no nonce comes twice, however many are asked for', () => {
  const nonces = Array.from({ length: 1_000 }, () => encrypt(key, text).toString('hex', 0, 12));
  expect(new Set(nonces).size).toBe(1_000);
});

test.each([
  ['random', encrypt],
  ['stable', encryptStable],
])('what was encrypted with a %s nonce opens under its key, whole', (_, make) => {
  const sealed = make(key, text);
  expect(decrypt(key, sealed)).toEqual(text);
  expect(decrypt(other, sealed)).toBeNull();
  for (const at of [0, 12, sealed.length - 1]) {
    const changed = Buffer.from(sealed);
    changed[at]! ^= 1;
    expect(decrypt(key, changed)).toBeNull();
  }
  expect(decrypt(key, sealed.subarray(0, 20))).toBeNull();
  expect(decrypt(key, make(key, Buffer.alloc(0)))).toEqual(Buffer.alloc(0));
});

import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';

const IV_BYTES = 12;
const TAG_BYTES = 16;

/** AES-256-GCM with a random nonce per message (NIST SP 800-38D): nonce, tag, ciphertext. `key`: 32 bytes. */
export function encrypt(key: Buffer, plain: Uint8Array): Buffer {
  return encryptUnder(key, randomNonce(), plain);
}

/** A call of the generator costs as much as encrypting a short text, so that one call brings many nonces. Each is given out once. */
const NONCES_AT_ONCE = 256;
let nonces = Buffer.alloc(0);

function randomNonce(): Buffer {
  if (nonces.length === 0) nonces = randomBytes(IV_BYTES * NONCES_AT_ONCE);
  const nonce = nonces.subarray(0, IV_BYTES);
  nonces = nonces.subarray(IV_BYTES);
  return nonce;
}

/**
 * The same with a nonce that is made of the text, so that equal texts give equal bytes, and `decrypt` opens them all alike.
 * The nonce is the output of a pseudorandom function under a key of its own, as the synthetic IV of SIV (RFC 5297; Rogaway
 * and Shrimpton, "Deterministic Authenticated-Encryption", 2006): it repeats only with the text, and tells nothing else.
 */
export function encryptStable(key: Buffer, plain: Uint8Array): Buffer {
  return encryptUnder(key, createHmac('sha256', nonceKeyOf(key)).update(plain).digest().subarray(0, IV_BYTES), plain);
}

/** Gone with the keys that they are made of. */
const nonceKeys = new WeakMap<Buffer, Buffer>();

function nonceKeyOf(key: Buffer): Buffer {
  const known = nonceKeys.get(key);
  if (known !== undefined) return known;
  const made = createHmac('sha256', key).update('mapp-flows stable nonce').digest();
  nonceKeys.set(key, made);
  return made;
}

function encryptUnder(key: Buffer, iv: Buffer, plain: Uint8Array): Buffer {
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  const sealed = [cipher.update(plain), cipher.final()];
  return Buffer.concat([iv, cipher.getAuthTag(), ...sealed]);
}

/** What `encrypt` or `encryptStable` made with the same key; null: another key, or bytes that were changed. */
export function decrypt(key: Buffer, sealed: Uint8Array): Buffer | null {
  if (sealed.length < IV_BYTES + TAG_BYTES) return null;
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES });
    decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    return null;
  }
}

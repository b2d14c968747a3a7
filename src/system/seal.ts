import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto';

/** Texts at rest under the master key (`FLOWS_ENCRYPTION_KEY`); without a key they are kept as they are. */
export interface Sealer {
  seal(text: string): string;
  /** What `seal` made, with any of the keys, or a text from before there was one. Null: none of the keys opens it. */
  open(stored: string): string | null;
  /** Tells equal texts apart from others without giving them away: keyed where there is a key. 64 hex digits */
  fingerprint(text: string): string;
}

/** No text that is sealed here begins so: all are JSON. */
const PREFIX = 'sealed:1:';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * AES-256-GCM with a random nonce of 12 bytes per text (NIST SP 800-38D); nonce, tag and ciphertext in base64.
 *
 * @param keys 32 bytes each, the one that seals first; others only open. None: nothing is sealed
 */
export function createSealer(keys: readonly Buffer[]): Sealer {
  const [key] = keys;
  return {
    seal(text) {
      if (key === undefined) return text;
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, iv);
      const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return PREFIX + Buffer.concat([iv, cipher.getAuthTag(), sealed]).toString('base64');
    },
    open(stored) {
      if (!stored.startsWith(PREFIX)) return stored;
      const bytes = Buffer.from(stored.slice(PREFIX.length), 'base64');
      return keys.map((one) => opened(bytes, one)).find((text) => text !== null) ?? null;
    },
    fingerprint(text) {
      return (key === undefined ? createHash('sha256') : createHmac('sha256', key)).update(text).digest('hex');
    },
  };
}

function opened(bytes: Buffer, key: Buffer): string | null {
  try {
    const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    return Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

import { createHash, createHmac } from 'node:crypto';
import { decrypt, encrypt } from './aes-gcm.ts';

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

/**
 * AES-256-GCM (`aes-gcm.ts`), in base64.
 *
 * @param keys 32 bytes each, the one that seals first; others only open. None: nothing is sealed
 */
export function createSealer(keys: readonly Buffer[]): Sealer {
  const [key] = keys;
  return {
    seal(text) {
      return key === undefined ? text : PREFIX + encrypt(key, Buffer.from(text)).toString('base64');
    },
    open(stored) {
      if (!stored.startsWith(PREFIX)) return stored;
      const bytes = Buffer.from(stored.slice(PREFIX.length), 'base64');
      for (const one of keys) {
        const text = decrypt(one, bytes);
        if (text !== null) return text.toString();
      }
      return null;
    },
    fingerprint(text) {
      return (key === undefined ? createHash('sha256') : createHmac('sha256', key)).update(text).digest('hex');
    },
  };
}

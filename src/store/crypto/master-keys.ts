import { createHmac, hkdfSync } from 'node:crypto';
import { decrypt, encrypt } from '../../system/aes-gcm.ts';

/** A data key under a master key. `master`: which one, in 16 hex digits that give nothing of it away. */
export interface Wrapped {
  readonly master: string;
  readonly wrapped: Buffer;
}

/** `FLOWS_ENCRYPTION_KEY` and its predecessors: they do nothing but wrap data keys, so that another one replaces them cheaply. */
export interface MasterKeys {
  /** id of the key that wraps */
  readonly current: string;
  wrap(dataKey: Buffer): Wrapped;
  /** null: none of the keys opens it */
  unwrap(key: Wrapped): Buffer | null;
}

/** @param keys 32 bytes each; the first one wraps, the others only open */
export function masterKeys(keys: readonly [Buffer, ...Buffer[]]): MasterKeys {
  const derived = new Map(keys.map((key) => [idOf(key), wrappingKey(key)]));
  const current = idOf(keys[0]);
  return {
    current,
    wrap: (dataKey) => ({ master: current, wrapped: encrypt(derived.get(current)!, dataKey) }),
    unwrap({ master, wrapped }) {
      const key = derived.get(master);
      return key === undefined ? null : decrypt(key, wrapped);
    },
  };
}

function idOf(key: Buffer): string {
  return createHmac('sha256', key).update('mapp-flows key id').digest('hex').slice(0, 16);
}

/** Of its own, because the same master key also seals texts directly (`system/seal.ts`). */
function wrappingKey(key: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key, Buffer.alloc(0), 'mapp-flows wrapping', 32));
}

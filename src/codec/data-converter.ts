import type { DataConverter } from '@temporalio/common';
import { vaultOf } from '../store/crypto/vault.ts';
import type { Store } from '../store/store.ts';
import { encryptingCodec } from './payload-codec.ts';

/**
 * What clients and workers convert payloads by, as options to spread: nothing where the store is not encrypted, so that
 * histories are what they always were.
 *
 * @param unreadable see `encryptingCodec`
 */
export function payloadOptions(store: Store, unreadable: 'tell' | 'fail'): { readonly dataConverter?: DataConverter } {
  const vault = vaultOf(store.db);
  return vault === null ? {} : { dataConverter: { payloadCodecs: [encryptingCodec(vault, unreadable)] } };
}

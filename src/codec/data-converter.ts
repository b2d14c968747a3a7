import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import { vaultOf } from '../store/crypto/vault.ts';
import type { Store } from '../store/store.ts';
import { encryptingCodec } from './payload-codec.ts';

/** The SDK takes it by its path only; `worker/workflow-bundle.ts` puts it into the bundle, too. */
const FAILURE_CONVERTER = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './failure-converter.cts' : './failure-converter.cjs', import.meta.url),
);

/**
 * What clients and workers convert payloads by, as options to spread: nothing where the store is not encrypted, so that
 * histories are what they always were.
 *
 * @param unreadable see `encryptingCodec`
 */
export function payloadOptions(store: Store, unreadable: 'tell' | 'fail'): { readonly dataConverter?: DataConverter } {
  const vault = vaultOf(store.db);
  if (vault === null) return {};
  return {
    dataConverter: { payloadCodecs: [encryptingCodec(vault, unreadable)], failureConverterPath: FAILURE_CONVERTER },
  };
}

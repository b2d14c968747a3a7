import type { Store } from '../store/store.ts';
import { storeId } from '../store/store-id.ts';

/** Projects that share a Temporal namespace must not take each other's runs: their ledger rows are in another store. */
export async function taskQueueOf(store: Store): Promise<string> {
  return `mapp-flows-${(await storeId(store)).slice(0, 8)}`;
}

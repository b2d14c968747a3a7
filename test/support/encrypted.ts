import { describe } from 'vitest';
import { encryptStores } from './store.ts';

/** What holds over a plain store holds over an encrypted one: the same test files, with a key. */
export function overEncryptedStores(files: { readonly [name: string]: () => Promise<unknown> }): void {
  encryptStores();
  for (const [name, load] of Object.entries(files)) {
    describe(name, async () => {
      await load();
    });
  }
}

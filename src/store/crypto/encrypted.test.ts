/** What holds over a plain store holds over an encrypted one: the same tests, with a key. */
import { describe } from 'vitest';
import { encryptStores } from '../../../test/support/store.ts';

encryptStores();

const SUITES = {
  'delivery/store-writes': () => import('../../delivery/store-writes.test.ts'),
  'router/due-persons': () => import('../../router/due-persons.test.ts'),
  'router/decide': () => import('../../router/decide.test.ts'),
  'router/changes': () => import('../../router/changes.test.ts'),
};

for (const [name, load] of Object.entries(SUITES)) {
  describe(name, async () => {
    await load();
  });
}

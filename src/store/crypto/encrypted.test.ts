/** What holds over a plain store holds over an encrypted one: the same tests, with a key. */
import { describe } from 'vitest';
import { encryptStores } from '../../../test/support/store.ts';

encryptStores();

const SUITES = {
  'delivery/store-writes': () => import('../../delivery/store-writes.test.ts'),
  'delivery/consent': () => import('../../delivery/consent.test.ts'),
  'delivery/count, and others that claim': () => import('../../delivery/acting.test.ts'),
  'delivery/delivery': () => import('../../delivery/delivery.test.ts'),
  'delivery/feedback': () => import('../../delivery/feedback.test.ts'),
  'delivery/handover': () => import('../../delivery/handover.test.ts'),
  'delivery/limits': () => import('../../delivery/limits.test.ts'),
  'delivery/reconcile': () => import('../../delivery/reconcile.test.ts'),
  'delivery/webhook': () => import('../../delivery/webhook.test.ts'),
  'delivery/engage': () => import('../../delivery/engage.test.ts'),
  'delivery/identity': () => import('../../delivery/identity.test.ts'),
  'delivery/sync': () => import('../../delivery/sync.test.ts'),
  'router/due-persons': () => import('../../router/due-persons.test.ts'),
  'router/decide': () => import('../../router/decide.test.ts'),
  'router/changes': () => import('../../router/changes.test.ts'),
};

for (const [name, load] of Object.entries(SUITES)) {
  describe(name, async () => {
    await load();
  });
}

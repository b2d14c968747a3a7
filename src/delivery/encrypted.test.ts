import { overEncryptedStores } from '../../test/support/encrypted.ts';

overEncryptedStores({
  acting: () => import('./acting.test.ts'),
  consent: () => import('./consent.test.ts'),
  delivery: () => import('./delivery.test.ts'),
  engage: () => import('./engage.test.ts'),
  feedback: () => import('./feedback.test.ts'),
  handover: () => import('./handover.test.ts'),
  identity: () => import('./identity.test.ts'),
  limits: () => import('./limits.test.ts'),
  reconcile: () => import('./reconcile.test.ts'),
  'store-writes': () => import('./store-writes.test.ts'),
  sync: () => import('./sync.test.ts'),
  'sync-identity': () => import('./sync-identity.test.ts'),
  webhook: () => import('./webhook.test.ts'),
});

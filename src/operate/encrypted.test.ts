import { overEncryptedStores } from '../../test/support/encrypted.ts';

overEncryptedStores({
  'contact-events': () => import('./contact-events.test.ts'),
  holds: () => import('./holds.test.ts'),
  operate: () => import('./operate.test.ts'),
  'people-at': () => import('./people-at.test.ts'),
  resolve: () => import('./resolve.test.ts'),
});

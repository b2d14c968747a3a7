import { overEncryptedStores } from '../../test/support/encrypted.ts';

overEncryptedStores({
  accept: () => import('./accept.test.ts'),
  declared: () => import('./declared.test.ts'),
  'identity-change': () => import('./identity-change.test.ts'),
});

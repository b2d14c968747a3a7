import { overEncryptedStores } from '../../test/support/encrypted.ts';

overEncryptedStores({
  admission: () => import('./admission.test.ts'),
  changes: () => import('./changes.test.ts'),
  decide: () => import('./decide.test.ts'),
  due: () => import('./due.test.ts'),
  'due-persons': () => import('./due-persons.test.ts'),
  goals: () => import('./goals.test.ts'),
  reentry: () => import('./reentry.test.ts'),
});

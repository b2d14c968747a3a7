import { expect, test } from 'vitest';
import { testStore } from '../../test/support/store.ts';
import { PLAN } from '../operate/testing/seed.ts';
import type { Plan } from '../plan/plan.ts';
import { publish } from '../router/publish.ts';
import { requireNoEngage } from './engage.ts';

test('without credentials a worker names the published messages that need Engage', async () => {
  const store = await testStore();
  const sent = { with: {}, set: {}, transaction_id: null, priority: 'normal', next: null } as const;
  const plain: Plan = {
    ...PLAN,
    first: 'a',
    steps: { a: { ...sent, kind: 'send_email', id: 'a', message: { name: 'receipt', id: '1' } } },
  };
  await publish(store, [plain]);
  await requireNoEngage(store);
  const step = { ...plain.steps.a!, via: 'engage' } as Plan['steps'][string];
  await publish(store, [{ ...plain, hash: 'fedcba9876543210', steps: { a: step } }]);
  await expect(requireNoEngage(store)).rejects.toThrow(
    /^MAPP_ENGAGE_URL, .* are not set, and mapp.yaml says "via: engage" of "receipt" \(in /,
  );
  await store.close();
});

import { expect, test } from 'vitest';
import { deliveryKeyOf, entryOf, travelingKey } from './delivery-key.ts';
import { effectKey } from './effect.ts';

const ENTRY = '0b0f6a3e-5c1d-4f5a-9d8e-1a2b3c4d5e6f';

test.each([
  [effectKey(ENTRY, 'nudge', 1, 1)],
  [effectKey(ENTRY, 'send_email_12', 104, 3)],
  [effectKey(ENTRY, 'a'.repeat(64), 1, 1)],
])('%s comes back as it went', (key) => {
  const traveling = travelingKey(key);
  expect(traveling).toMatch(/^[a-z0-9_-]{1,140}$/);
  expect(deliveryKeyOf(traveling)).toBe(key);
  expect(deliveryKeyOf(` ${traveling.toUpperCase()} `)).toBe(key);
  expect(deliveryKeyOf(key)).toBe(key);
  expect(entryOf(key)).toBe(ENTRY);
});

test.each(['', 'run-42-step-3', ENTRY, `${ENTRY}-nudge-1`, `${ENTRY}-nudge-1-1-1`, `x${ENTRY}-nudge-1-1`])(
  '"%s" is nobody of ours',
  (text) => expect(deliveryKeyOf(text)).toBeNull(),
);

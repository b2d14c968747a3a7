import { expect, it } from 'vitest';
import { normalizeIdentifier } from './identifiers.ts';

it.each([
  ['email', ' Ada@Example.COM ', 'ada@example.com'],
  ['email', 'jose\u0301@example.com', 'jos\u00e9@example.com'],
  ['mobile', '+49 (170) 123-4567', '+491701234567'],
  ['mobile', '0049 170 1234567', '+491701234567'],
  ['mobile', '491701234567', '+491701234567'],
  ['mobile', ' unknown ', 'unknown'],
  ['external_id', ' Ab-1 ', 'Ab-1'],
  ['mapp_id', '42 ', '42'],
] as const)('%s %j is looked up as %j', (kind, given, expected) => {
  expect(normalizeIdentifier(kind, given)).toBe(expected);
});

import { expect, it } from 'vitest';
import { nearest } from './nearest.ts';

it.each([
  ['contry', ['country', 'coupon'], 'country'],
  ['custmers', ['customers'], 'customers'],
  ['Purchase', ['Purchases', 'Hobbies'], 'Purchases'],
  ['VIP', ['vip', 'vap'], 'vip'],
  ['sned_email', ['send_email', 'send_sms'], 'send_email'],
  ['id', ['di'], 'di'],
  ['x', ['y'], undefined],
  ['country', ['banana'], undefined],
  ['anything', [], undefined],
])('%s of %j is %s', (name, candidates, expected) => {
  expect(nearest(name, candidates)).toBe(expected);
});

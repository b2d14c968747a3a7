import { expect, test } from 'vitest';
import type { Operation } from '../plan/effect.ts';
import { fieldsOf } from './fields.ts';
import { toCall } from './operations.ts';

const ada = { email: 'ada@example.com', mobile: '0049 170-1234567', external_id: 'c-1' };

function send(over: Partial<Extract<Operation, { type: 'send' }>> = {}): Operation {
  return {
    type: 'send',
    channel: 'email',
    message: { name: 'welcome', id: '2324333335' },
    parameters: {},
    set: {},
    transactionId: null,
    priority: 'normal',
    ...over,
  };
}

function group(over: Partial<Extract<Operation, { type: 'group' }>> = {}): Operation {
  return { type: 'group', action: 'add', group: { name: 'customers', id: '10144' }, optIn: 'single', ...over };
}

test('an e-mail with parameters, attributes and a transaction id is one call of texts', () => {
  const operation = send({
    parameters: {
      coupon: 'SPRING',
      total: 19.9,
      first: true,
      gone: null,
      order: { id: '9007199254740993', city: 'Köln' },
      tags: ['a', 1],
    },
    set: { Hobbies: 'chess', Old: null },
    transactionId: 'order-7',
  });
  expect(toCall(operation, ada)).toEqual({
    subtype: 'email',
    repeatable: false,
    body: {
      email: 'ada@example.com',
      messageId: '2324333335',
      externalTransactionFormula: 'order-7',
      coupon: 'SPRING',
      total: '19.9',
      first: 'true',
      'order.id': '9007199254740993',
      'order.city': 'Köln',
      tags: '["a",1]',
      Hobbies: 'chess',
      Old: '',
    },
  });
});

test.each([
  ['email', { mapp_id: '77', mobile: '+491' }, { userID: '77' }],
  ['email', { mobile: '+491' }, null],
  ['email', { external_id: 'x' }, null],
  ['sms', ada, { recipientMobileNumber: '+491701234567' }],
  ['sms', { email: 'ada@example.com' }, null],
  ['sms', { external_id: 'x' }, null],
] as const)('%s to %j', (channel, address, expected) => {
  const call = toCall(send({ channel }), address);
  if (expected === null) expect(call).toEqual({ skip: 'no_address' });
  else
    expect(call).toMatchObject({ subtype: channel, body: { ...expected, messageId: '2324333335' }, repeatable: false });
});

test('a push names its template and its app', () => {
  expect(toCall(send({ channel: 'push', app: { name: 'shop', id: '31' } }), { mobile: '+491' })).toEqual({
    subtype: 'push',
    repeatable: false,
    body: { mobileNumber: '+491', pushMessageId: '2324333335', mobileAppId: '31' },
  });
  expect(() => toCall(send({ channel: 'push' }), ada)).toThrow('has no app');
});

test('profile writes', () => {
  expect(toCall({ type: 'profile', set: { Purchases: 3, Vip: false, Old: null } }, { external_id: 'c-1' })).toEqual({
    subtype: 'user',
    repeatable: true,
    body: { externalID: 'c-1', Purchases: '3', Vip: 'false', Old: '' },
  });
  expect(toCall({ type: 'profile', set: {} }, { email: ' ' })).toEqual({ skip: 'no_address' });
});

test('groups', () => {
  const body = { email: 'ada@example.com', group: '10144' };
  expect(toCall(group(), ada)).toEqual({ subtype: 'user', repeatable: true, body });
  expect(toCall(group({ optIn: 'double' }), ada)).toEqual({
    subtype: 'user',
    repeatable: false,
    body: { ...body, doubleOptIn: 'true' },
  });
  expect(toCall(group({ action: 'remove' }), ada)).toEqual({
    subtype: 'user',
    repeatable: true,
    body: { ...body, delete: 'true' },
  });
  expect(() => toCall(group({ optIn: 'confirmed' }), ada)).toThrow('no confirmed opt-in');
});

test('a name that Mapp gives a meaning, or two values for one field, are refused before anything is sent', () => {
  const refused = { kind: 'invalid', fate: 'refused' };
  expect(() => toCall(send({ parameters: { email: 'eve@example.com' } }), ada)).toThrow(
    expect.objectContaining(refused),
  );
  expect(() => toCall({ type: 'profile', set: { delete: 'true' } }, ada)).toThrow('attribute "delete"');
  expect(() => toCall(send({ parameters: { a: 1 }, set: { a: 2 } }), ada)).toThrow('given twice');
  expect(toCall(send({ parameters: { a: 1 }, set: { a: 1 } }), ada)).toMatchObject({ body: { a: '1' } });
});

test.each([
  [1e21, '1000000000000000000000'],
  [-1.5e22, '-15000000000000000000000'],
  [1.5e-7, '0.00000015'],
  [-0, '0'],
  [9007199254740991, '9007199254740991'],
])('number %d', (value, text) => {
  expect(fieldsOf('n', value)).toEqual([['n', text]]);
});

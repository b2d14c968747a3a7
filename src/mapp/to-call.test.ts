import { expect, test } from 'vitest';
import type { JsonObject } from '../plan/json.ts';
import { fieldsOf } from './fields.ts';
import type { MappOperation } from './operations.ts';
import { toCall } from './to-call.ts';

const ada = { email: 'ada@example.com', mobile: '0049 170-1234567', external_id: 'c-1' };

function send(over: Partial<Extract<MappOperation, { type: 'send' }>> = {}): MappOperation {
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

function group(over: Partial<Extract<MappOperation, { type: 'group' }>> = {}): MappOperation {
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
  expect(toCall(group({ optIn: 'confirmed' }), ada)).toEqual({
    subtype: 'user',
    repeatable: true,
    body: { ...body, subscribe: 'true' },
  });
});

test('member attributes are named by their group, and make nobody a member', () => {
  const vips = { name: 'vips', id: '10145' };
  expect(toCall({ type: 'profile', set: { Tier: 'gold', Old: null }, group: vips }, ada)).toMatchObject({
    subtype: 'user',
    body: { email: 'ada@example.com', '10145:Tier': 'gold', '10145:Old': '' },
  });
  expect(toCall({ type: 'count', add: { Visits: 1 }, set: { Visits: 4 }, group: vips }, ada)).toEqual({
    subtype: 'user',
    repeatable: true,
    body: { email: 'ada@example.com', '10145:Visits': '4' },
  });
});

test('a message to a group names no contact; a contact is deleted by what names it alone', () => {
  const message = { name: 'news', id: '500001' };
  expect(toCall({ type: 'group_send', message, group: { name: 'customers', id: '10144' } }, {})).toEqual({
    subtype: 'email',
    repeatable: false,
    body: { group: '10144', messageId: '500001' },
  });
  const body = { email: 'ada@example.com', delete: 'true' };
  expect(toCall({ type: 'delete_contact' }, ada)).toEqual({ subtype: 'user', repeatable: true, body });
  expect(toCall({ type: 'delete_contact' }, { external_id: 'c-1' })).toEqual({ skip: 'no_address' });
});

const email = 'ada@example.com';
const cart = { sku: 'SKU-1', createdAt: '2026-01-01T10:00:00.000Z', price: 19.9, size: null };
const cartBody = { email, sku: 'SKU-1', createdAt: '2026-01-01T10:00:00.000Z', price: '19.9' };
const pets = { datasetName: 'pets', key: email };

/** action, kind, fields, further settings; subtype, whether it may be repeated, body */
test.each<[string, string, object, object, string, boolean, object]>([
  [
    'save',
    'transaction',
    { orderId: 'A-1', currency: 'EUR', items: [{ sku: 'SKU-1', price: 19.9, gift: false, note: null }] },
    {},
    'transaction',
    true,
    { email, orderId: 'A-1', currency: 'EUR', items: [{ sku: 'SKU-1', price: '19.9', gift: 'false' }] },
  ],
  [
    'save',
    'transaction',
    { orderId: 7, messageId: '5' },
    {},
    'transaction',
    false,
    { email, orderId: '7', messageId: '5' },
  ],
  ['remove', 'transaction', { orderId: 'A-1' }, {}, 'transaction', true, { email, orderId: 'A-1', delete: 'true' }],
  [
    'save',
    'product',
    { productSKU: 'S', productPrice: 2 },
    {},
    'product',
    true,
    { productSKU: 'S', productPrice: '2' },
  ],
  ['remove', 'product', { productSKU: 'S' }, {}, 'product', true, { productSKU: 'S', delete: 'true' }],
  ['save', 'abandoned_cart', cart, {}, 'abandonedcart', true, cartBody],
  ['save', 'abandoned_browse', cart, {}, 'abandonedbrowse', true, cartBody],
  ['save', 'wishlist', cart, {}, 'wishlist', true, cartBody],
  ['remove', 'wishlist', { sku: 'SKU-1' }, {}, 'wishlist', true, { email, sku: 'SKU-1', delete: 'true' }],
  [
    'save',
    'recommended_product',
    { sku: 'S', accuracy: 87, model: 'm1' },
    {},
    'recommendedproduct',
    true,
    { email, sku: 'S', accuracy: '87', model: 'm1' },
  ],
  ['save', 'coupon', { listName: 'spring', value: '1' }, {}, 'coupon', false, { listName: 'spring', value: '1' }],
  [
    'save',
    'related_data',
    { ...pets, attributes: { name: 'Rex', age: 3 } },
    { mode: 'add' },
    'relateddata',
    false,
    { ...pets, attributes: { name: 'Rex', age: '3' }, importMode: 'add' },
  ],
  [
    'save',
    'related_data',
    { ...pets, attributes: { kind: 'cat' } },
    { mode: 'update', filter: { name: 'Rex' } },
    'relateddata',
    true,
    { ...pets, attributes: { kind: 'cat' }, importMode: 'update', filter: { name: 'Rex' } },
  ],
  ['remove', 'related_data', pets, {}, 'relateddata', true, { ...pets, importMode: 'delete' }],
])('%s %s', (action, record, fields, more, subtype, repeatable, body) => {
  const operation = { type: 'record', action, record, fields, ...more } as MappOperation;
  expect(toCall(operation, ada)).toEqual({ subtype, repeatable, body });
});

test('an automation event', () => {
  expect(toCall({ type: 'automation', event: 'trial_started', fields: { plan: 'pro', no: null } }, ada)).toEqual({
    subtype: 'automation',
    repeatable: false,
    body: { email, external_event: 'trial_started', plan: 'pro' },
  });
  expect(toCall({ type: 'automation', event: 'x', fields: {} }, { external_id: 'c-1' })).toEqual({
    skip: 'no_address',
  });
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

test('web push has no app, and leaving a group as an objection is told as one', () => {
  const push = send({ channel: 'push', message: { name: 'deal', id: '7' }, web: true, parameters: { city: 'Bonn' } });
  expect(toCall(push, ada)).toEqual({
    subtype: 'webpush',
    repeatable: false,
    body: { email: 'ada@example.com', pushMessageId: '7', city: 'Bonn' },
  });
  expect(toCall(group({ action: 'remove', unsubscribe: true }), ada)).toMatchObject({
    body: { group: '10144', unsubscribe: 'true' },
  });
});

const record = (fields: JsonObject, filter?: JsonObject): MappOperation => ({
  type: 'record',
  action: 'save',
  record: filter === undefined ? 'transaction' : 'related_data',
  fields,
  ...(filter !== undefined && { mode: 'update', filter }),
});

test.each([
  [send({ parameters: { a: 'x\u0000y' } }), 'parameter "a" holds the character U+0000'],
  [send({ parameters: { a: { b: '\u001b[31m' } } }), 'parameter "a.b" holds the character U+001B'],
  [send({ set: { City: '\ud800' } }), 'attribute "City" holds the character U+D800'],
  [send({ set: { 'Ci\u0007ty': 'x' } }), 'attribute "Ci\\u0007ty" holds the character U+0007'],
  [send({ transactionId: 'a\u0001' }), 'field "transaction_id" holds the character U+0001'],
  [send({ set: { Notes: 'x'.repeat(2_001) } }), 'attribute "Notes" has 2001 characters; Mapp keeps 2000'],
  [{ type: 'profile', set: { [`10144:${'x'.repeat(101)}`]: '1' } } as MappOperation, 'Mapp takes 100'],
  [send({ parameters: { page: 'x'.repeat(1_100_000) } }), 'the event has 1100'],
  [record({ orderId: '1', items: [{ sku: 'a\u0000' }] }), 'field "items.0.sku" holds the character U+0000'],
  [record({ datasetName: 'd', key: 'k', attributes: {} }, { 'a\u007f': '1' }), 'holds the character U+007F'],
] as const)('refused before anything is sent: %#', (operation, words) => {
  expect(() => toCall(operation, ada)).toThrow(expect.objectContaining({ kind: 'invalid', fate: 'refused' }));
  expect(() => toCall(operation, ada)).toThrow(words);
});

test('carried exactly: ids of 64 bits, line ends, tabs, any script, 2,000 characters', () => {
  const values = {
    id: '9223372036854775807',
    number: 9007199254740991,
    text: 'one\ttwo\r\nthree "\\ </b> 日本 👩‍👩‍👧 \u2028',
    long: 'ü'.repeat(2_000),
  };
  const { body } = toCall(send({ parameters: values, set: { Long: values.long } }), ada) as { body: JsonObject };
  expect(JSON.parse(JSON.stringify(body))).toMatchObject({ ...values, number: '9007199254740991', Long: values.long });
});

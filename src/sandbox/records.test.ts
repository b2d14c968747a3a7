import { expect, test } from 'vitest';
import { sandbox } from '../../test/support/sandbox.ts';

const ada = { email: 'ada@example.com' };

test('orders, carts, wishes and automation events are kept with their contact', async () => {
  const { client, read, drain } = await sandbox();
  await client.event('user', { ...ada, group: '10144' });
  await client.event('transaction', { ...ada, orderId: 'A-1', currency: 'EUR', items: [{ sku: 'S', price: '19.90' }] });
  await client.event('transaction', { ...ada, orderId: 'A-1', currency: 'USD', messageId: '2324333335' });
  await client.event('transaction', { ...ada, orderId: 'A-2' });
  await client.event('transaction', { ...ada, orderId: 'A-2', delete: 'true' });
  await client.event('abandonedCart', { ...ada, sku: 'S', createdAt: '2026-01-01T10:00:00.000Z' });
  await client.event('abandonedbrowse', { ...ada, sku: 'S' });
  await client.event('wishlist', { ...ada, sku: 'S', size: 'M' });
  await client.event('recommendedproduct', { ...ada, sku: 'S', accuracy: '87', model: 'm1' });
  await client.event('automation', { ...ada, external_event: 'trial_started', plan: 'pro' });
  await drain();
  const [contact] = await read<Record<string, unknown>[]>('/contacts');
  expect(contact).toMatchObject({
    transaction: [{ orderId: 'A-1', currency: 'USD' }],
    abandonedcart: [{ sku: 'S', createdAt: '2026-01-01T10:00:00.000Z' }],
    abandonedbrowse: [{ sku: 'S' }],
    wishlist: [{ sku: 'S', size: 'M' }],
    recommendedproduct: [{ sku: 'S', accuracy: '87', model: 'm1' }],
    automation: [{ event: 'trial_started', fields: { plan: 'pro' } }],
  });
  expect(await read('/messages')).toMatchObject([{ message: 'welcome', parameters: {} }]);
  await client.event('wishlist', { ...ada, sku: 'S', delete: 'true' });
  await client.event('user', { ...ada, delete: 'true' });
  await drain();
  expect(await read('/contacts')).toEqual([]);
});

test('products, coupons and related data belong to nobody', async () => {
  const { client, read, drain } = await sandbox();
  await client.event('product', { productSKU: 'S', productName: 'Lamp' });
  await client.event('product', { productSKU: 'T' });
  await client.event('product', { productSKU: 'T', delete: 'true' });
  for (const value of ['1', '2', '2']) await client.event('coupon', { listName: 'spring', value });
  const pets = { datasetName: 'pets', key: 'Ada@example.com' };
  await client.event('relateddata', { ...pets, importMode: 'add', attributes: { name: 'Rex', kind: 'dog' } });
  await client.event('related_data', { ...pets, importMode: 'add', attributes: { name: 'Tom', kind: 'dog' } });
  await client.event('relatedData', {
    ...pets,
    importMode: 'update',
    attributes: { kind: 'cat' },
    filter: { name: 'Tom' },
  });
  await client.event('relateddata', { ...pets, importMode: 'delete', filter: { name: 'Rex' } });
  await drain();
  expect(await read('/products')).toEqual([{ productSKU: 'S', productName: 'Lamp' }]);
  expect(await read('/coupons')).toEqual({ spring: ['1', '2', '2'] });
  expect(await read('/related-data')).toEqual({ pets: { 'ada@example.com': [{ name: 'Tom', kind: 'cat' }] } });
  await client.event('relateddata', { ...pets, importMode: 'update', attributes: { name: 'New' } });
  await drain();
  expect(await read('/related-data')).toEqual({ pets: { 'ada@example.com': [{ name: 'New' }] } });
});

test('member attributes need a membership, and go with it', async () => {
  const { client, read, drain } = await sandbox();
  const tier = { ...ada, '10144:Tier': 'gold' };
  await client.event('user', { ...ada, Hobbies: 'chess' });
  await client.event('user', tier);
  await client.event('user', { ...ada, group: '10144' });
  await client.event('user', tier);
  await drain();
  expect(await read('/contacts')).toMatchObject([
    { attributes: { Hobbies: 'chess' }, memberAttributes: { '10144': { Tier: 'gold' } } },
  ]);
  expect(await read('/feedback')).toMatchObject([{ errorCode: 'MISSING_FIELD' }, { errorCode: 'NO_MEMBER' }]);
  await client.event('user', { ...ada, group: '10144', delete: 'true' });
  await drain();
  expect((await read<object[]>('/contacts'))[0]).not.toHaveProperty('memberAttributes');
});

test('what lacks a field or a contact is reported, and kept nowhere', async () => {
  const { client, read, drain } = await sandbox();
  await client.event('wishlist', { ...ada, sku: 'S' });
  await client.event('transaction', { orderId: 'A-1' });
  await client.event('transaction', { ...ada });
  await client.event('automation', { ...ada });
  await client.event('product', { productName: 'Lamp' });
  await client.event('coupon', { listName: 'spring' });
  await client.event('relateddata', { datasetName: 'pets', key: 'a', importMode: 'add' });
  await drain();
  const feedback = await read<{ errorCode: string; description: string }[]>('/feedback');
  expect(feedback.map(({ errorCode, description }) => `${errorCode} ${description}`)).toEqual([
    'UNKNOWN_CONTACT there is no such contact: nothing was saved',
    'MISSING_FIELD email is missing',
    'MISSING_FIELD orderId is missing',
    'MISSING_FIELD external_event is missing',
    'MISSING_FIELD productSKU is missing',
    'MISSING_FIELD value is missing',
    'MISSING_FIELD attributes is missing',
  ]);
});

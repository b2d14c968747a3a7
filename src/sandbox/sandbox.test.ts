import { expect, test } from 'vitest';
import { credentials, sandbox } from '../../test/support/sandbox.ts';
import { ConnectClient } from '../mapp/connect.ts';

test('ping, connect and the catalogue, under both prefixes', async () => {
  const { url, client } = await sandbox();
  expect(await client.ping()).toMatchObject({ integrationId: credentials.integrationId });
  await client.connect();
  expect(await client.groups()).toEqual({ '10144': 'customers' });
  expect(await client.messages('email')).toEqual({ '2324333335': 'welcome' });
  expect(await client.messages('sms')).toEqual({ '500002': 'shipped' });
  expect(await client.messages('push')).toEqual({ '7001': 'hello' });
  expect(await client.apps()).toEqual({ '31': 'shop' });
  for (const base of ['/', '/charon', '/charon/api/v1/', '/api/v1']) {
    const other = new ConnectClient({ url: url + base, ...credentials, expUnit: 's' });
    await other.ping();
    await other.close();
  }
});

test('events take effect when the queue gets to them, in order', async () => {
  const { client, read, drain } = await sandbox();
  await client.event('user', { email: 'Ada@example.com', mobileNumber: '+49170', group: '10144', Purchases: 3 });
  expect(await read('/contacts')).toEqual([]);
  await client.event('email', {
    email: 'ada@example.com',
    messageId: '2324333335',
    coupon: 'SPRING',
    Hobbies: 'chess',
    externalTransactionFormula: 't-1',
  });
  await client.event('sms', { recipientMobileNumber: '0049170', messageId: '500002', code: '12' });
  await client.event('push', { email: 'ada@example.com', pushMessageId: '7001', mobileAppId: '31' });
  expect(await drain()).toMatchObject({ body: { applied: 4 } });

  expect(await read('/contacts')).toEqual([
    {
      id: '1000001',
      email: 'Ada@example.com',
      mobile: '+49170',
      externalId: null,
      attributes: { Purchases: '3', Hobbies: 'chess' },
      groups: [{ id: '10144', name: 'customers' }],
      invited: [],
      unsubscribed: [],
    },
  ]);
  expect(await read('/groups')).toEqual([{ id: '10144', name: 'customers', members: 1, contacts: ['1000001'] }]);
  expect(await read('/messages')).toMatchObject([
    {
      channel: 'email',
      messageId: '2324333335',
      message: 'welcome',
      email: 'Ada@example.com',
      parameters: { coupon: 'SPRING' },
      transactionId: 't-1',
    },
    { channel: 'sms', message: 'shipped', mobile: '+49170', parameters: { code: '12' } },
    { channel: 'push', message: 'hello', app: 'shop', appId: '31' },
  ]);
});

test('with a delay, events apply by themselves', async () => {
  const { client, read } = await sandbox({ delayMs: 0 });
  await client.event('user', { email: 'ada@example.com', group: '10144' });
  await expect.poll(() => read('/contacts')).toHaveLength(1);
});

test('groups are joined, left, unsubscribed from; contacts deleted', async () => {
  const { client, read, drain } = await sandbox();
  const states = async () => {
    await drain();
    type Groups = readonly { readonly id: string }[];
    const [contact] = await read<{ groups: Groups; invited: Groups; unsubscribed: Groups }[]>('/contacts');
    const ids = (list: Groups) => list.map(({ id }) => id);
    return (
      contact && { groups: ids(contact.groups), invited: ids(contact.invited), unsubscribed: ids(contact.unsubscribed) }
    );
  };
  const ada = { email: 'ada@example.com', group: '10144' };
  await client.event('user', { ...ada, doubleOptIn: 'true' });
  expect(await states()).toEqual({ groups: [], invited: ['10144'], unsubscribed: [] });
  await client.event('user', ada);
  expect(await states()).toEqual({ groups: ['10144'], invited: [], unsubscribed: [] });
  await client.event('user', { ...ada, unsubscribe: true });
  await client.event('user', { ...ada, skipUnsubscribers: true });
  expect(await states()).toEqual({ groups: [], invited: [], unsubscribed: ['10144'] });
  await client.event('user', ada);
  await client.event('user', { ...ada, delete: 'true' });
  expect(await states()).toEqual({ groups: [], invited: [], unsubscribed: [] });
  await client.event('user', { email: 'ada@example.com', delete: 'true' });
  expect(await states()).toBeUndefined();
});

test('a contact is found by userID, e-mail, mobile number, external identifier, in this order', async () => {
  const { client, read, drain } = await sandbox();
  await client.batch('user', [
    { email: 'a@example.com', externalID: 'x', group: '10144' },
    { mobileNumber: '+491', group: '10144' },
    { mobileNumber: '+491', externalID: 'x' },
    { userID: '1000001', email: 'b@example.com', Seen: 'id' },
    { externalID: 'x', Both: 1 },
    { externalID: 'y', Nobody: 1 },
    { email: 'b@example.com', Seen: '' },
  ]);
  await drain();
  expect(await read('/contacts')).toMatchObject([
    { email: 'b@example.com', externalId: 'x', attributes: { Both: '1' } },
    { mobile: '+491', externalId: 'x', attributes: { Both: '1' } },
  ]);
  expect(await read('/feedback')).toMatchObject([{ errorCode: 'UNKNOWN_CONTACT', actionParams: { externalID: 'y' } }]);
});

test('what Mapp finds out too late for the answer is reported as feedback, and dropped', async () => {
  const { client, read, drain } = await sandbox();
  await client.event('location', { email: 'ada@example.com' });
  await client.event('user', { email: 'ada@example.com', group: '999' });
  await client.event('user', { city: 'Bonn' });
  await client.event('email', { email: 'ada@example.com', messageId: '999' });
  await client.event('email', { email: 'ada@example.com' });
  await client.event('push', { email: 'ada@example.com', pushMessageId: '7001', mobileAppId: '999' });
  await client.event('sms', { email: 'ada@example.com', messageId: '500002' });
  await drain();
  expect(await read('/messages')).toEqual([]);
  const feedback = await read<{ errorCode: string; actionTime: string }[]>('/feedback');
  expect(feedback.map((item) => item.errorCode)).toEqual([
    'NO_MAPPING',
    'UNKNOWN_GROUP',
    'MISSING_FIELD',
    'UNKNOWN_MESSAGE',
    'MISSING_FIELD',
    'UNKNOWN_APP',
    'NO_ADDRESS',
  ]);
  expect(feedback[0]?.actionTime).toMatch(/^\w{3} \w{3} \d\d \d\d:\d\d:\d\d UTC \d{4}$/);
});

test('nothing is deduplicated, and without a catalogue any id goes', async () => {
  const { client, read, drain } = await sandbox({ project: null });
  const body = { email: 'ada@example.com', messageId: '9007199254740993', a: 1 };
  await client.event('email', body);
  await client.event('EMAIL', body);
  await drain();
  expect(await read('/messages')).toMatchObject([
    { message: '9007199254740993', parameters: { a: '1' } },
    { message: '9007199254740993', parameters: { a: '1' } },
  ]);
});

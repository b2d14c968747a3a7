/** The Engage client against the sandbox: each side is the other's test. */
import { expect, test } from 'vitest';
import { engageCredentials, sandbox } from '../../test/support/sandbox.ts';
import { EngageClient } from '../mapp/engage.ts';

const EMAIL = { kind: 'email', value: 'ada@example.com' } as const;

async function withAda() {
  const mapp = await sandbox();
  await mapp.client.event('user', {
    email: EMAIL.value,
    mobileNumber: '+49 170 123',
    externalID: 'ext-1',
    group: '10144',
    Hobbies: 'chess',
  });
  await mapp.client.event('user', { email: EMAIL.value, '10144:Tier': 'gold' });
  await mapp.drain();
  const id = (await mapp.engage.contact(EMAIL))!.id;
  return { ...mapp, id };
}

test('address and credentials', async () => {
  const { engage, url } = await sandbox();
  expect(await engage.apiVersion()).toBe('v19');
  const versioned = new EngageClient({ url: `${url}/api/rest/v19/`, ...engageCredentials });
  expect(await versioned.apiVersion()).toBe('v19');
  const wrong = new EngageClient({ url, ...engageCredentials, password: 'wrong' });
  await expect(wrong.apiVersion()).rejects.toMatchObject({ kind: 'forbidden', code: undefined, status: 403 });
  await Promise.all([versioned.close(), wrong.close()]);
  expect((await fetch(`${url}/api/rest/v19/system/getApiVersion`)).status).toBe(401);
  const nowhere = await fetch(`${url}/api/rest/v19/contact/nothing`);
  expect(nowhere.status).toBe(404);
  expect(await nowhere.json()).toEqual({ errorActor: 'CLIENT', errorCode: 'INVALID_REQUEST', message: 'Not Found' });
});

test('a contact is read by every identifier, and is nobody before Mapp has acted', async () => {
  const mapp = await sandbox();
  await mapp.client.event('user', { email: EMAIL.value, group: '10144' });
  expect(await mapp.engage.contact(EMAIL)).toBeNull();
  expect(await mapp.engage.user(EMAIL)).toBeNull();
  const { engage, id } = await withAda();
  const user = { id, email: EMAIL.value, mobile: '+49 170 123', externalId: 'ext-1' };
  const names = [
    EMAIL,
    { kind: 'mobile', value: '0049170123' },
    { kind: 'external_id', value: 'ext-1' },
    { kind: 'mapp_id', value: id },
  ] as const;
  for (const name of names) {
    expect(await engage.contact(name)).toEqual({ ...user, attributes: { Hobbies: 'chess' } });
    expect(await engage.user(name)).toEqual(user);
  }
  expect(await engage.profile(id)).toEqual({ Hobbies: 'chess' });
  expect(await engage.profile('9007199254740993')).toBeNull();
});

test('memberships and member attributes', async () => {
  const { engage, id, drain } = await withAda();
  expect(await engage.memberships(id)).toEqual([{ groupId: '10144', attributes: {} }]);
  expect(await engage.membership(id, '10144')).toEqual({ groupId: '10144', attributes: { Tier: 'gold' } });
  expect(await engage.memberAttributes(id, '10144')).toEqual({ Tier: 'gold' });
  await engage.updateMemberAttributes(id, '10144', { Tier: null, Since: 2020 });
  await drain();
  expect(await engage.memberAttributes(id, '10144')).toEqual({ Since: '2020' });
  await engage.unsubscribe(id, '10144', 'OPT_IN');
  await drain();
  expect(await engage.membership(id, '10144')).toBeNull();
  expect(await engage.memberAttributes(id, '10144')).toBeNull();
  await engage.subscribe(id, '10144', 'DOUBLE_OPT_IN');
  await drain();
  expect(await engage.memberships(id)).toEqual([]);
  await engage.subscribe(id, '10144', 'OPT_IN');
  await drain();
  expect(await engage.memberships(id)).toHaveLength(1);
  await expect(engage.subscribe(id, '999', 'OPT_IN')).rejects.toMatchObject({
    kind: 'refused',
    code: 'NO_SUCH_OBJECT',
  });
});

test('updateProfile leaves what it does not name, and erases nulls', async () => {
  const { engage, id, drain } = await withAda();
  await engage.updateProfile(id, { Purchases: 3 });
  expect(await engage.profile(id), 'a read sees it a moment later').toEqual({ Hobbies: 'chess' });
  await drain();
  expect(await engage.profile(id)).toEqual({ Hobbies: 'chess', Purchases: '3' });
  await engage.updateProfile(id, { Hobbies: null });
  await drain();
  expect(await engage.profile(id)).toEqual({ Purchases: '3' });
});

test('what was sent by either side stands in the message history', async () => {
  const { engage, client, id, drain, read } = await withAda();
  const before = Date.now() - 1_000;
  await client.event('email', { email: EMAIL.value, messageId: '2324333335', coupon: 'A' });
  await engage.sendSingle('2324333335', id, { coupon: 'B' });
  await engage.sendSingle('500002', id, {}, 'order-1');
  const after = Date.now() + 1_000;
  expect(await engage.messageHistory(id, before, after)).toEqual([]);
  await drain();
  const rows = await engage.messageHistory(id, before, after);
  expect(rows.map(({ messageId, transactionId, name }) => [messageId, transactionId, name])).toEqual([
    ['2324333335', null, 'welcome'],
    ['2324333335', null, 'welcome'],
    ['500002', 'order-1', 'shipped'],
  ]);
  expect(rows[0]!.sentAt).toBeGreaterThan(before);
  expect(await engage.messageHistory(id, before - 10_000, before)).toEqual([]);
  const messages = await read<{ channel: string; parameters: object }[]>('/messages');
  expect(messages.map(({ channel, parameters }) => [channel, parameters])).toEqual([
    ['email', { coupon: 'A' }],
    ['email', { coupon: 'B' }],
    ['sms', {}],
  ]);
});

test('what Engage refuses', async () => {
  const { engage, id } = await withAda();
  await expect(engage.sendSingle('1', id, {})).rejects.toMatchObject({
    kind: 'refused',
    fate: 'refused',
    message: expect.stringContaining('objectType Message, propertyName messageId, propertyValue 1'),
  });
  await expect(engage.sendSingle('2324333335', '5', {})).rejects.toMatchObject({ kind: 'refused' });
  await expect(engage.messageHistory(id, 0, 32 * 86_400_000)).rejects.toMatchObject({ code: 'INVALID_PARAMETER' });
});

test('faults: its throttle, a failure after queueing, a lost answer', async () => {
  const { engage, id, send, drain, read } = await withAda();
  const fault = (rule: object) => send('PUT', '/faults', [{ path: 'message/sendSingle', times: 1, ...rule }]);
  await fault({ status: 429 });
  await expect(engage.sendSingle('500002', id, {})).rejects.toMatchObject({
    kind: 'throttled',
    fate: 'not_taken',
    status: 500,
    retryAfterMs: 30_000,
  });
  await fault({ status: 500, afterQueueing: true });
  await expect(engage.sendSingle('500002', id, {})).rejects.toMatchObject({ kind: 'server', fate: 'unknown' });
  await fault({ drop: 'after' });
  await expect(engage.sendSingle('500002', id, {})).rejects.toMatchObject({ kind: 'connection_lost' });
  await drain();
  expect(await read('/messages')).toHaveLength(2);
});

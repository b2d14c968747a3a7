import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { cleanups, sandbox } from '../../test/support/sandbox.ts';

/** A receiver that answers with the statuses given, then 200, and what it was sent. */
async function receiver(...statuses: number[]) {
  const requests: { readonly token: string | undefined; readonly body: unknown }[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    requests.push({ token: request.headers.authorization, body: JSON.parse(Buffer.concat(chunks).toString()) });
    response.statusCode = statuses.shift() ?? 200;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(
    () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  );
  return { requests, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/mapp` };
}

test('what could not be carried out is posted as an array of items, once', async () => {
  const to = await receiver();
  const { client, drain, send, read } = await sandbox();
  expect(await send('PUT', '/feedback', { url: to.url, token: 'secret' })).toEqual({
    status: 200,
    body: { url: to.url },
  });
  await client.batch('product', [{ delete: 'true', addonId: '7' }, { productName: 'Lamp' }]);
  await drain();
  await expect.poll(() => to.requests).toHaveLength(1);
  expect(to.requests[0]).toMatchObject({
    token: 'Bearer secret',
    body: [
      { errorCode: 'MISSING_FIELD', mappingName: 'product', actionParams: { delete: 'true', addonId: '7' } },
      { errorCode: 'MISSING_FIELD', actionParams: { productName: 'Lamp' } },
    ],
  });
  await expect.poll(() => read('/callbacks')).toMatchObject([{ url: to.url, status: 200, error: null }]);
});

test('a receiver that answers with a failure is asked again', async () => {
  const to = await receiver(503);
  const { client, drain, read } = await sandbox({ feedback: { url: to.url, token: null } });
  await client.event('product', {});
  await drain();
  await expect.poll(() => read('/callbacks')).toMatchObject([{ status: 503 }, { status: 200 }]);
  expect(to.requests[0]!.token).toBeUndefined();
});

test('what contacts do with a message is sent as a Whiteboard sends it, noted, and kept', async () => {
  const to = await receiver();
  const { client, drain, send, read } = await sandbox({ feedback: { url: to.url, token: null } });
  const key = '0190a1b2-0000-4000-8000-000000000001-nudge-1-1';
  await client.event('user', { email: 'ada@example.com', group: '10144' });
  await client.event('email', { email: 'ada@example.com', messageId: '2324333335', externalTransactionFormula: key });
  await drain();
  const [message] = await read<{ id: string }[]>('/messages');
  const path = `/messages/${message!.id}`;
  expect(await send('POST', `${path}/click`, { link: 'https://shop.example/', id: 'c-1' })).toMatchObject({
    status: 200,
    body: { sentTo: to.url, status: 200 },
  });
  await send('POST', `${path}/unsubscribe`, { time: '2026-03-27T10:00:00+01:00' });
  expect(to.requests.map(({ body }) => body)).toMatchObject([
    {
      event: 'message_clicked',
      email: 'ada@example.com',
      message_id: '2324333335',
      key: '0190a1b2-0000-4000-8000-000000000001/nudge/1/1',
      link: 'https://shop.example/',
      id: 'c-1',
    },
    { event: 'message_unsubscribed', time: '2026-03-27T09:00:00.000Z' },
  ]);
  expect(await read('/contacts')).toMatchObject([{ groups: [], unsubscribed: [{ id: '10144' }] }]);
  expect(await read('/journal')).toHaveLength(2);
});

test('without a receiver a reaction is noted all the same; what is asked wrongly is said', async () => {
  const { client, drain, send, read } = await sandbox();
  await client.event('email', { email: 'ada@example.com', messageId: '2324333335' });
  await drain();
  const [message] = await read<{ id: string }[]>('/messages');
  const path = `/messages/${message!.id}`;
  expect(await send('POST', `${path}/open`)).toMatchObject({ status: 200, body: { sentTo: null, status: null } });
  for (const [wrong, body, status, said] of [
    [`${path}/eat`, undefined, 404, 'accepted are open, click, bounce, reply, unsubscribe'],
    ['/messages/nothing/open', undefined, 404, 'there is no message "nothing"'],
    [`${path}/open`, { lnk: 'x' }, 400, 'unknown key "lnk"'],
    [`${path}/open`, { time: 'noon' }, 400, 'accepted is a moment'],
    [`${path}/open`, [1], 400, 'expected an object'],
  ] as const) {
    expect(await send('POST', wrong, body)).toMatchObject({ status, body: { message: expect.stringContaining(said) } });
  }
  for (const body of [{}, { url: 'ftp://x' }, { url: null, tokn: '' }, { url: 'http://x', token: 7 }, 'x']) {
    expect(await send('PUT', '/feedback', body)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('accepted is { "url"') },
    });
  }
});

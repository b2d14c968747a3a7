import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { connectBase } from './base-url.ts';
import { ConnectClient, type ConnectSettings } from './connect.ts';
import { requestHash, tokenFault } from './token.ts';

const secret = 'sandbox-secret-0123456789abcdef';
const integrationId = '11111111-2222-4333-8444-555555555555';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

function client(url: string, over: Partial<ConnectSettings> = {}): ConnectClient {
  const made = new ConnectClient({ url, integrationId, secret, expUnit: 'ms', ...over });
  cleanups.unshift(() => made.close()); // after the servers, in reverse: a hanging connection ends with its server
  return made;
}

async function http(listener: RequestListener): Promise<ConnectClient> {
  return client(`http://127.0.0.1:${await listen(createServer(listener))}`);
}

/** A server that reads a request and then does as it is told with the connection. */
async function tcp(then: (socket: Socket) => void): Promise<ConnectClient> {
  return client(
    `http://127.0.0.1:${await listen(createTcpServer((socket) => socket.once('data', () => then(socket))))}`,
  );
}

async function read(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test('what is signed is what is sent', async () => {
  const seen: unknown[] = [];
  const mapp = await http(async (request, response) => {
    const [path = '', query = ''] = request.url!.split('?');
    const body = await read(request);
    const fault = tokenFault(String(request.headers['auth-token']), requestHash(path, body, query), secret, Date.now());
    seen.push([request.method, path, query, body.toString(), request.headers['content-type'], fault]);
    response.end('{}');
  });
  await mapp.event('email', { email: 'zoë@example.com', messageId: '1' });
  await mapp.batch('user', [{ email: 'a@example.com' }]);
  await mapp.groups();
  const base = `/charon/api/v1/integration/${integrationId}`;
  expect(seen).toEqual([
    ['POST', `${base}/event`, 'subtype=email', '{"email":"zoë@example.com","messageId":"1"}', 'application/json', null],
    ['POST', `${base}/event/batch`, 'subtype=user', '[{"email":"a@example.com"}]', 'application/json', null],
    ['GET', `${base}/group`, '', '', 'application/json', null],
  ]);
});

test('subtypes that the integration spells in another way', async () => {
  const seen: unknown[] = [];
  const port = await listen(
    createServer((request, response) => {
      seen.push(request.url?.split('?')[1]);
      response.end('{}');
    }),
  );
  const mapp = client(`http://127.0.0.1:${port}`, { subtypes: { abandonedcart: 'abandonedCart' } });
  await mapp.event('abandonedcart', {});
  await mapp.batch('abandonedcart', [{}]);
  await mapp.event('wishlist', {});
  expect(seen).toEqual(['subtype=abandonedCart', 'subtype=abandonedCart', 'subtype=wishlist']);
});

test('ids of lists are kept exactly', async () => {
  const mapp = await http((_request, response) => response.end('{"9007199254740993":"big","7":12345678901234567890}'));
  expect(await mapp.groups()).toEqual({ '9007199254740993': 'big', '7': '12345678901234567890' });
});

test('a ping without pong means wrong credentials', async () => {
  const mapp = await http((_request, response) => response.end('{"pong":false}'));
  await expect(mapp.ping()).rejects.toMatchObject({ kind: 'unauthorized', fate: 'not_taken', status: 200 });
});

test('a list that is no JSON object', async () => {
  const mapp = await http((_request, response) => response.end('<html>'));
  await expect(mapp.groups()).rejects.toMatchObject({ kind: 'unexpected', message: expect.stringContaining('<html>') });
});

test('an error quotes at most 2 KiB of the answer, and no secret', async () => {
  const mapp = await http((_request, response) => {
    response.statusCode = 400;
    response.end(`wrong key ${secret} ${'x'.repeat(10_000)}`);
  });
  const error = await mapp.event('user', {}).catch((thrown: Error) => thrown);
  expect(String(error)).toContain('POST /event?subtype=user answered 400: wrong key ***');
  expect(String(error)).not.toContain(secret);
  expect(String(error).length).toBeLessThan(2_200);
});

test('nobody listens, or TLS fails: not taken', async () => {
  const server = createTcpServer();
  const port = await listen(server);
  await expect(client(`https://127.0.0.1:${await listen(createServer())}`).event('email', {})).rejects.toMatchObject({
    kind: 'unreachable',
    fate: 'not_taken',
  });
  await new Promise((resolve) => server.close(resolve));
  await expect(client(`http://127.0.0.1:${port}`).event('email', {})).rejects.toMatchObject({
    kind: 'unreachable',
    fate: 'not_taken',
    message: expect.stringContaining('ECONNREFUSED'),
  });
});

test('time that is over before the first byte left: not taken', async () => {
  const port = await listen(createTcpServer()); // takes connections, never answers the TLS handshake
  await expect(client(`https://127.0.0.1:${port}`, { timeoutMs: 100 }).event('email', {})).rejects.toMatchObject({
    kind: 'unreachable',
    fate: 'not_taken',
  });
});

test('a connection that ends without a status: unknown', async () => {
  for (const end of [(socket: Socket) => socket.end(), (socket: Socket) => socket.resetAndDestroy()]) {
    const mapp = await tcp(end);
    await expect(mapp.event('email', {})).rejects.toMatchObject({ kind: 'connection_lost', fate: 'unknown' });
  }
});

test('a status decides, even where the rest of the answer is lost', async () => {
  const cut = (status: string) => tcp((socket) => socket.end(`HTTP/1.1 ${status}\r\ncontent-length: 100\r\n\r\n{`));
  await (await cut('200 OK')).event('email', {});
  await expect((await cut('200 OK')).groups()).rejects.toMatchObject({ kind: 'connection_lost' });
  await expect((await cut('400 Bad Request')).event('email', {})).rejects.toMatchObject({
    kind: 'refused',
    status: 400,
  });
});

test('a closed client takes no call', async () => {
  const mapp = await http((_request, response) => response.end('{}'));
  await mapp.event('email', {});
  await mapp.close();
  await expect(mapp.event('email', {})).rejects.toMatchObject({ kind: 'unreachable', fate: 'not_taken' });
});

test.each([
  ['https://jamie.g.shortest-route.com', '/charon/api/v1'],
  ['https://jamie.g.shortest-route.com/charon', '/charon/api/v1'],
  ['https://jamie.g.shortest-route.com/charon/api/v1/', '/charon/api/v1'],
  ['https://charon-test.shortest-route.com/api/v1', '/api/v1'],
])('base of %s', (url, path) => {
  expect(connectBase(url)).toEqual({ origin: new URL(url).origin, path });
});

test.each([
  ['jamie.g.shortest-route.com', 'is not a URL'],
  ['ftp://example.com', 'is not an http or https URL'],
  ['https://me:pw@example.com', 'holds a user name or password'],
  ['https://example.com/?a=b', 'holds a query'],
])('%s is no base', (url, message) => {
  expect(() => connectBase(url)).toThrow(message);
  expect(() => connectBase(url)).toThrow('https://jamie.g.shortest-route.com/charon/api/v1');
  expect(() => connectBase(url)).not.toThrow('pw@');
});

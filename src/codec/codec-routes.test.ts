import { randomBytes, randomUUID } from 'node:crypto';
import Fastify from 'fastify';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { destroyKeys } from '../store/crypto/key-table.ts';
import { vaultOf } from '../store/crypto/vault.ts';
import { openStore } from '../store/store.ts';
import { addCodecRoutes, type CodecAccess } from './codec-routes.ts';
import { encryptingCodec } from './payload-codec.ts';

let encrypted: TestStore;
let plain: TestStore;
beforeAll(async () => {
  encrypted = await testStore({ keys: [randomBytes(32)] });
  plain = await testStore();
});
afterAll(async () => {
  await encrypted.close();
  await plain.close();
});

const base64 = (text: string) => Buffer.from(text).toString('base64');
const payloads = [{ metadata: { encoding: base64('json/plain') }, data: base64('{"a":1}') }];

async function ask(
  store: TestStore,
  access: Partial<CodecAccess>,
  url: string,
  { body = JSON.stringify({ payloads }), remoteAddress = '127.0.0.1', headers = {} } = {},
) {
  const app = Fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes));
  addCodecRoutes(app, store, { token: null, origins: [], ...access });
  const {
    statusCode,
    payload,
    headers: answered,
  } = await app.inject({
    ...{ method: 'POST', url, body, remoteAddress },
    headers: { 'content-type': 'application/json', ...headers },
  });
  await app.close();
  return { status: statusCode, body: JSON.parse(payload), headers: answered };
}

test('what is encoded is decoded again; without a key payloads stay as they are', async () => {
  const encoded = await ask(encrypted, {}, '/codec/encode');
  expect(encoded.body.payloads[0].metadata.encoding).toBe(base64('binary/encrypted'));
  const decoded = await ask(encrypted, {}, '/codec/decode', { body: JSON.stringify(encoded.body) });
  expect(decoded.body).toEqual({ payloads });
  expect((await ask(plain, {}, '/codec/encode')).body).toEqual({ payloads });
});

test('without a token this machine only; with one, whoever has it, as a header or in the address', async () => {
  expect(await ask(encrypted, {}, '/codec/decode', { remoteAddress: '10.0.0.7' })).toMatchObject({
    status: 403,
    body: { code: 'forbidden', detail: 'without FLOWS_CODEC_TOKEN only this machine is answered' },
  });
  const far = { remoteAddress: '10.0.0.7' };
  const access = { token: 'open-sesame' };
  expect((await ask(encrypted, access, '/codec/decode')).status).toBe(401);
  expect((await ask(encrypted, access, '/codec/wrong/decode', far)).status).toBe(401);
  expect((await ask(encrypted, access, '/codec/open-sesame/decode', far)).status).toBe(200);
  const headers = { authorization: 'Bearer open-sesame' };
  expect((await ask(encrypted, access, '/codec/decode', { ...far, headers })).status).toBe(200);
});

test('of somebody whom another process has erased nothing is told any more, of changed payloads nothing ever', async () => {
  const person = randomUUID();
  const codec = encryptingCodec(vaultOf(encrypted.db)!, 'tell');
  const context = { type: 'workflow', namespace: 'default', workflowId: `welcome/${person}/1` } as const;
  const [theirs] = await codec.encode([{ metadata: {}, data: Buffer.from('secret') }], context);
  const [metadata, data] = [theirs!.metadata!, Buffer.from(theirs!.data!).toString('base64')];
  const asJson = (key: Uint8Array | undefined) => ({
    metadata: { encoding: base64('binary/encrypted'), 'flows-key': Buffer.from(key!).toString('base64') },
    data,
  });
  const decoded = async (key = metadata['flows-key']) => {
    const body = JSON.stringify({ payloads: [asJson(key)] });
    const answer = await ask(encrypted, {}, '/codec/decode', { body });
    return Buffer.from(answer.body.payloads[0].data, 'base64').toString();
  };
  expect(await decoded()).toBe('secret');
  expect(await decoded(Buffer.from('nobody'))).toContain('its key is not in this store');
  const elsewhere = await openStore(encrypted.url, { keys: encrypted.keys });
  await destroyKeys(elsewhere.db, [person]);
  await elsewhere.close();
  expect(await decoded()).toBe('{"unreadable":"this person was erased"}');
});

test('browsers may ask from known pages only', async () => {
  const from = (origin: string) => ({ headers: { origin } });
  const access = { origins: ['https://temporal.example.com'] };
  const known = await ask(encrypted, access, '/codec/decode', from('https://temporal.example.com'));
  expect(known.headers['access-control-allow-origin']).toBe('https://temporal.example.com');
  expect((await ask(encrypted, access, '/codec/decode', from('http://127.0.0.1:8233'))).status).toBe(200);
  expect((await ask(encrypted, access, '/codec/decode', from('https://evil.example'))).status).toBe(403);
});

test('a body that cannot be read says what is accepted', async () => {
  expect(await ask(encrypted, {}, '/codec/decode', { body: 'x' })).toMatchObject({
    status: 400,
    body: { code: 'malformed_body', detail: 'the body is not JSON' },
  });
  const detail = 'the body must be { "payloads": […] }';
  const { body, headers } = await ask(encrypted, {}, '/codec/decode', { body: '{"payloads":1}' });
  expect(headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(body).toEqual({
    ...{ type: 'urn:mapp-flows:problem:malformed_body', title: expect.any(String), status: 400 },
    ...{ detail, code: 'malformed_body', errors: [{ pointer: null, detail }] },
  });
});

test('an empty list may be left out, as protobuf writes it: the CLI repeats what is refused, and shows no history at all', async () => {
  for (const store of [encrypted, plain]) {
    const { status, body } = await ask(store, {}, '/codec/decode', { body: '{}' });
    expect({ status, body }).toEqual({ status: 200, body: { payloads: [] } });
  }
});

import { randomBytes, randomUUID } from 'node:crypto';
import type { Payload } from '@temporalio/common';
import { defaultPayloadConverter } from '@temporalio/common';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { destroyKeys } from '../store/crypto/key-table.ts';
import { vaultOf } from '../store/crypto/vault.ts';
import { encryptingCodec } from './payload-codec.ts';

let store: TestStore;
beforeAll(async () => {
  store = await testStore({ keys: [randomBytes(32)] });
});
afterAll(() => store.close());

const person = randomUUID();
const run = (id = person) =>
  ({ type: 'workflow', namespace: 'default', workflowId: `welcome/${id}/1a2b3c/1` }) as const;
const payload = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const value = (from: Payload | undefined): unknown => defaultPayloadConverter.fromPayload(from!);
const codec = () => encryptingCodec(vaultOf(store.db)!, 'tell');
const keyOf = (from: Payload | undefined) => Buffer.from(from!.metadata!['flows-key']!).toString();

test('payloads of a run are under the key of its person, others under that of the store; reading needs no context', async () => {
  const values = [{ email: 'ada@example.com' }, 'x'.repeat(10_000), new Uint8Array([1, 2, 3]), undefined];
  const encoded = await codec().encode(values.map(payload), run());
  expect(encoded.map(keyOf)).toEqual(values.map(() => person));
  expect(encoded.map((one) => Buffer.from(one.metadata!.encoding!).toString())).toEqual(
    values.map(() => 'binary/encrypted'),
  );
  expect(Buffer.concat(encoded.map((one) => Buffer.from(one.data!))).includes('ada@example.com')).toBe(false);
  expect(encoded[1]!.data!.length).toBeLessThan(500);
  expect((await codec().decode(encoded)).map(value)).toEqual(values);

  const [common] = await codec().encode([payload(7)], {
    type: 'workflow',
    namespace: 'default',
    workflowId: 'schedule',
  });
  expect(keyOf(common)).not.toBe(person);
  expect((await codec().decode([common!])).map(value)).toEqual([7]);
});

test('a payload without data, whichever way it has none', async () => {
  const { metadata } = payload(undefined);
  for (const none of [{ metadata }, { metadata, data: null }, { metadata, data: [] as unknown as Uint8Array }]) {
    expect((await codec().decode(await codec().encode([none], run()))).map(value)).toEqual([undefined]);
  }
});

test('what was written without a key is read as it is, and so is nothing at all', async () => {
  expect((await codec().decode([payload({ a: 1 })])).map(value)).toEqual([{ a: 1 }]);
  expect(await codec().encode([], run())).toEqual([]);
});

test('a destroyed key: people are told, workers fail, and no new key takes its place', async () => {
  const gone = randomUUID();
  const [encoded] = await codec().encode([payload('secret')], run(gone));
  await store.db.transaction().execute((trx) => destroyKeys(trx, [gone]));
  vaultOf(store.db)!.keys.forget([gone]);
  expect((await codec().decode([encoded!])).map(value)).toEqual([{ unreadable: 'this person was erased' }]);
  await expect(encryptingCodec(vaultOf(store.db)!, 'fail').decode([encoded!])).rejects.toThrow(
    'a payload cannot be read: this person was erased',
  );
  await expect(codec().encode([payload(1)], run(gone))).rejects.toThrow('was erased');
});

test('a payload that was changed is not taken for another', async () => {
  const [encoded] = await codec().encode([payload('secret')], run());
  encoded!.data![20]! ^= 1;
  expect((await codec().decode([encoded!])).map(value)).toEqual([
    { unreadable: 'its key is not in this store, or the payload was changed' },
  ]);
});

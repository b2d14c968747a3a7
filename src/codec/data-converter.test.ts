import { randomBytes, randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import {
  decodeOptionalFailureToOptionalError,
  encodeErrorToFailure,
  loadDataConverter,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { destroyKeys } from '../store/crypto/key-table.ts';
import { vaultOf } from '../store/crypto/vault.ts';
import { payloadOptions } from './data-converter.ts';

let plain: TestStore;
let store: TestStore;
beforeAll(async () => {
  plain = await testStore();
  store = await testStore({ keys: [randomBytes(32)] });
});
afterAll(async () => {
  await store.close();
  await plain.close();
});

const person = randomUUID();
const run = { type: 'workflow', namespace: 'default', workflowId: `welcome/${person}/1` } as const;
const error = ApplicationFailure.create({
  message: 'rejected: ada@example.com is no address',
  type: 'Refused',
  cause: new Error('the cause names ada@example.com'),
});

test('messages and stacks of failures, and of their causes, go under the key of the person', async () => {
  const converter = loadDataConverter(payloadOptions(store, 'tell').dataConverter);
  const failure = await encodeErrorToFailure(converter, error, run);
  expect(failure).toMatchObject({ message: 'Encoded failure', applicationFailureInfo: { type: 'Refused' } });
  expect(JSON.stringify(failure)).not.toContain('ada@');
  const again = await decodeOptionalFailureToOptionalError(converter, failure, run);
  expect(again).toMatchObject({ message: error.message, type: 'Refused', cause: { message: error.cause!.message } });

  await store.db.transaction().execute((trx) => destroyKeys(trx, [person]));
  vaultOf(store.db)!.keys.forget([person]);
  const gone = await decodeOptionalFailureToOptionalError(converter, failure, run);
  expect(gone).toMatchObject({ message: 'Encoded failure', type: 'Refused' });
});

test('without a key they stay readable', async () => {
  const failure = await encodeErrorToFailure(
    loadDataConverter(payloadOptions(plain, 'tell').dataConverter),
    error,
    run,
  );
  expect(failure.message).toBe(error.message);
});

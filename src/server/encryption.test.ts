import { randomBytes, randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { decodeOptionalFailureToOptionalError } from '@temporalio/common/lib/internal-non-workflow/index.js';
import { expect, test } from 'vitest';
import { testEngine } from '../../test/support/engine.ts';
import { personsOf } from '../operate/contact.ts';
import { listDeliveries } from '../operate/deliveries.ts';
import { erase } from '../operate/erase.ts';
import { searchStore } from '../operate/erase-proof.ts';
import { requestErasure } from '../store/erasures.ts';
import { createSealer } from '../system/seal.ts';

const FLOW = `
flow: secret-welcome
on: signup
steps:
  - check: event.country == "Ruritania"
    then:
      - send_email: welcome
        with: { coupon: '\${event.voucher}' }
  - wait_for: order_placed
    timeout: 1 day
`;

/** An engine with these keys, and what erasing needs. */
async function running(keys: readonly Buffer[]) {
  const engine = await testEngine({ flows: [FLOW], encryptionKeys: keys });
  const { store, client, namespace } = engine;
  return { ...engine, tools: { store, client, namespace, sealer: createSealer(keys) } };
}

/** A history with the data of its payloads, which JSON has in base64, as text. */
async function textOf(client: Client, run: string): Promise<string> {
  return JSON.stringify(
    JSON.parse(JSON.stringify(await client.workflow.getHandle(run).fetchHistory())),
    (key, value) => (key === 'data' && typeof value === 'string' ? Buffer.from(value, 'base64').toString() : value),
  );
}

const contact = { email: 'Ada.Lovelace@example.com' };
const signup = { event: 'signup', id: 's1', contact, data: { country: 'Ruritania', voucher: 'VOUCHER-7' } };
const identifier = { kind: 'email', value: contact.email } as const;

test('encrypted: everything works, nothing personal can be read in Temporal or in what is sealed, and a destroyed key forgets', async () => {
  const { store, mapp, client, raw, url, tools, post, runs, show } = await running([randomBytes(32)]);
  await post(signup);
  await expect.poll(async () => (await runs()).map((run) => run.state)).toEqual(['waiting']);
  const [run] = await runs();
  expect(run).toMatchObject({ contact });
  await expect.poll(() => mapp.read('/messages')).toMatchObject([{ email: contact.email }]);
  expect((await show(run!.run))!.timeline).toMatchObject([
    { kind: 'enter' },
    { kind: 'check', saw: { 'event.country': 'Ruritania' } },
    { kind: 'send_email', outcome: 'sent', data: { coupon: 'VOUCHER-7' } },
  ]);
  expect(await listDeliveries(store, {})).toMatchObject([{ address: contact.email, state: 'accepted' }]);
  // The address is nowhere in the store as a text; the keyed form is, in one row.
  expect(await searchStore(store, identifier)).toMatchObject({ texts: true, found: { identifiers: 1 } });

  const history = await textOf(raw, run!.run);
  for (const secret of ['Ruritania', 'VOUCHER-7', 'Lovelace', 'country']) expect(history).not.toContain(secret);

  // Temporal's UI shows payloads by the codec server.
  const [payload] = (await raw.workflow.getHandle(run!.run).fetchHistory()).events![0]!
    .workflowExecutionStartedEventAttributes!.input!.payloads!;
  const text = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  const body = {
    payloads: [
      {
        metadata: Object.fromEntries(Object.entries(payload!.metadata!).map(([name, bytes]) => [name, text(bytes)])),
        data: text(payload!.data!),
      },
    ],
  };
  const decode = async (headers: object = {}) => {
    const answer = await fetch(`${url}/codec/decode`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    return { answer, payloads: ((await answer.json()) as { payloads?: { data: string }[] }).payloads };
  };
  const page = await decode({ origin: 'http://localhost:8233' });
  expect(page.answer.headers.get('access-control-allow-origin')).toBe('http://localhost:8233');
  expect(JSON.parse(Buffer.from(page.payloads![0]!.data, 'base64').toString())).toMatchObject({
    event: { data: { country: 'Ruritania' } },
  });
  expect((await decode({ origin: 'https://evil.example' })).answer.status).toBe(403);

  const id = (await requestErasure(store.db, await personsOf(store, identifier), 'cli'))!;
  expect(await erase(tools, id)).toMatchObject({ persons: 1, runs: 1, done: true, removed: { persons: 1, inbox: 1 } });
  expect(await erase(tools, id)).toMatchObject({ done: true });
  expect((await client.workflow.getHandle(run!.run).describe()).status.name).toBe('TERMINATED');
  const told = await decode();
  expect(Buffer.from(told.payloads![0]!.data, 'base64').toString()).toBe('{"unreadable":"this person was erased"}');
  expect(await searchStore(store, identifier)).toMatchObject({ found: {} });
  expect(await runs()).toEqual([]);

  // Whoever comes under the same address later is somebody new.
  await post({ ...signup, id: 's2' });
  await expect.poll(async () => (await runs()).map((one) => one.state)).toEqual(['waiting']);
  expect((await runs())[0]!.run).not.toBe(run!.run);
});

test('encrypted: what a workflow says of its failure is read with the key only', async () => {
  const { client, raw, taskQueue } = await running([randomBytes(32)]);
  const workflowId = `secret-welcome/${randomUUID()}/1`;
  await client.workflow.start('secret-welcome', {
    args: [{ plan: { format: 'FORMAT-7' } }],
    taskQueue,
    workflowId,
  });
  const handle = raw.workflow.getHandle(workflowId);
  const failures = async () =>
    ((await handle.fetchHistory()).events ?? []).flatMap(({ workflowTaskFailedEventAttributes: failed }) =>
      failed?.failure ? [failed.failure] : [],
    );
  await expect.poll(async () => (await failures()).length).toBeGreaterThan(0);
  expect(await textOf(raw, workflowId)).not.toContain('FORMAT-7');
  const [failure] = await failures();
  expect(failure).toMatchObject({ message: 'Encoded failure', stackTrace: '' });
  const read = await decodeOptionalFailureToOptionalError(client.options.loadedDataConverter, failure, undefined);
  expect(read!.message).toContain('plan format FORMAT-7 is not known to this worker');
  await handle.terminate();
});

test('without a key the executions are deleted; a producer may ask, too', async () => {
  const { store, raw, post, runs } = await running([]);
  await post(signup);
  await expect.poll(async () => (await runs()).map((run) => run.state)).toEqual(['waiting']);
  const [run] = await runs();
  expect(await textOf(raw, run!.run)).toContain('VOUCHER-7');
  await requestErasure(store.db, await personsOf(store, identifier), 'segment');
  await expect
    .poll(async () => (await store.db.selectFrom('erasures').select('state').execute()).map(({ state }) => state))
    .toEqual(['done']);
  await expect
    .poll(
      () =>
        raw.workflow
          .getHandle(run!.run)
          .describe()
          .then(
            () => null,
            (error: Error) => error.name,
          ),
      { timeout: 30_000 },
    )
    .toBe('WorkflowNotFoundError');
  expect(await searchStore(store, identifier)).toMatchObject({ found: {} });
});

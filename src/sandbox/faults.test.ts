import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { ConnectClient } from '../mapp/connect.ts';
import { MappError } from '../mapp/errors.ts';
import { startSandbox } from './sandbox.ts';

const credentials = { integrationId: 'shop-1', secret: 'sandbox-secret-0123456789abcdef' };
const ada = { email: 'ada@example.com', messageId: '1' };

let sandbox: Awaited<ReturnType<typeof startSandbox>>;
let client: ConnectClient;
beforeEach(async () => {
  sandbox = await startSandbox({ port: 0, dir: null, credentials, project: null, delayMs: 1e9 });
  client = new ConnectClient({ url: sandbox.url, ...credentials, expUnit: 'ms' });
});
afterEach(async () => {
  await client.close();
  await sandbox.close();
});

async function put(faults: unknown): Promise<{ status: number; body: unknown }> {
  const answer = await fetch(`${sandbox.url}/faults`, { method: 'PUT', body: JSON.stringify(faults) });
  return { status: answer.status, body: await answer.json() };
}

/** The failure of one e-mail, and how many events were queued all the same. */
async function failure(fault: object): Promise<{ error: MappError; queued: number }> {
  expect(await put({ subtype: 'email', times: 1, ...fault })).toMatchObject({ status: 200 });
  const error = await client.event('email', ada).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof MappError)) throw new Error(`expected a MappError, found ${String(error)}`);
  const drained = await fetch(`${sandbox.url}/drain`, { method: 'POST' });
  const { applied } = (await drained.json()) as { applied: number };
  return { error, queued: applied };
}

test.each([
  [{ status: 400 }, { kind: 'refused', fate: 'refused', status: 400 }],
  [{ status: 401 }, { kind: 'unauthorized', fate: 'not_taken' }],
  [{ status: 403 }, { kind: 'forbidden', fate: 'not_taken' }],
  [{ status: 404 }, { kind: 'not_found', fate: 'not_taken' }],
  [{ status: 409 }, { kind: 'unexpected', fate: 'unknown' }],
  [{ status: 413 }, { kind: 'too_large', fate: 'refused' }],
  [{ status: 415 }, { kind: 'refused', fate: 'refused' }],
  [{ status: 429 }, { kind: 'throttled', fate: 'not_taken', retryAfterMs: undefined }],
  [
    { status: 429, retryAfter: 7 },
    { kind: 'throttled', fate: 'not_taken', retryAfterMs: 7_000 },
  ],
  [{ status: 500 }, { kind: 'server', fate: 'unknown' }],
  [{ status: 502 }, { kind: 'server', fate: 'unknown' }],
  [{ status: 503 }, { kind: 'server', fate: 'unknown', retryAfterMs: undefined }],
  [
    { status: 503, retryAfter: 2 },
    { kind: 'unavailable', fate: 'not_taken', retryAfterMs: 2_000 },
  ],
  [{ drop: 'before' }, { kind: 'connection_lost', fate: 'unknown', status: undefined }],
])('%j before queueing', async (fault, expected) => {
  const { error, queued } = await failure(fault);
  expect(error).toMatchObject(expected);
  expect(error.message).toContain('POST /event?subtype=email');
  expect(queued).toBe(0);
  await client.event('email', ada); // the fault is used up, and the client goes on
});

test.each([
  [
    { status: 500, afterQueueing: true },
    { kind: 'server', fate: 'unknown' },
  ],
  [{ drop: 'after' }, { kind: 'connection_lost', fate: 'unknown' }],
])('%j is taken all the same', async (fault, expected) => {
  const { error, queued } = await failure(fault);
  expect(error).toMatchObject(expected);
  expect(queued).toBe(1);
  const journal = await (await fetch(`${sandbox.url}/journal`)).json();
  expect(journal).toMatchObject([{ accepted: true, status: 'status' in fault ? fault.status : null }]);
});

test('an answer that does not come in time', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    await put({ latencyMs: 1e8, afterQueueing: true });
    const failed = client.event('email', ada).catch((thrown: unknown) => thrown);
    const journal = async () => (await (await fetch(`${sandbox.url}/journal`)).json()) as unknown[];
    while ((await journal()).length === 0);
    vi.advanceTimersByTime(10_000);
    expect(await failed).toMatchObject({ kind: 'timeout', fate: 'unknown' });
  } finally {
    vi.useRealTimers();
  }
});

test('a fault aimed at a path leaves the others alone, until it is cleared', async () => {
  await put([{ path: '/event/batch', status: 500 }]);
  await client.event('email', ada);
  await expect(client.batch('email', [ada])).rejects.toMatchObject({ status: 500 });
  await expect(client.batch('email', [ada])).rejects.toMatchObject({ status: 500 });
  expect(await put([])).toEqual({ status: 200, body: [] });
  await client.batch('email', [ada]);
});

test('poison: the whole call is refused while the event is in it', async () => {
  await put({ poison: 'eve@example.com' });
  const eve = { email: 'eve@example.com', messageId: '1' };
  await expect(client.batch('email', [ada, eve])).rejects.toMatchObject({ status: 400, fate: 'refused' });
  await expect(client.event('email', eve)).rejects.toMatchObject({ status: 400 });
  await client.batch('email', [ada, ada]);
  const journal = await (await fetch(`${sandbox.url}/journal`)).json();
  expect(journal).toMatchObject([{ accepted: false }, { accepted: false }, { accepted: true }, { accepted: true }]);
});

test('every nth call, a number of times', async () => {
  await put({ status: 429, every: 2, times: 2 });
  const statuses = [];
  for (let call = 0; call < 6; call++) {
    statuses.push(
      await client.event('email', ada).then(
        () => 200,
        ({ status }: MappError) => status,
      ),
    );
  }
  expect(statuses).toEqual([200, 429, 200, 429, 200, 200]);
});

test('while Mapp lags, what was accepted does not show yet', async () => {
  const lagging = await startSandbox({
    port: 0,
    dir: null,
    credentials,
    project: null,
    delayMs: 0,
    faults: [{ staleMs: 80_000_000 }],
  });
  try {
    const mapp = new ConnectClient({ url: lagging.url, ...credentials, expUnit: 'ms' });
    await mapp.event('user', { email: 'ada@example.com', group: '1' });
    await mapp.close();
    const read = async (path: string) => (await fetch(lagging.url + path)).json();
    expect(await read('/journal')).toHaveLength(1);
    expect(await read('/contacts')).toEqual([]);
    await fetch(`${lagging.url}/drain`, { method: 'POST' });
    expect(await read('/contacts')).toHaveLength(1);
  } finally {
    await lagging.close();
  }
});

test.each([
  [{ staus: 500 }, 'unknown key "staus"; accepted are path, subtype'],
  [{ status: 200 }, '400 to 599'],
  [{ path: 'evnt', status: 500 }, 'one of ping, connect'],
  [{ drop: 'soon' }, '"before" or "after"'],
  [{ poison: 'x', latencyMs: 5 }, '"latencyMs" does not go with "poison"'],
  [{ staleMs: 0 }, 'a whole number of milliseconds from 1'],
  [{ times: 0, status: 500 }, 'a whole number from 1'],
  [{ path: 'event' }, 'does nothing'],
  [{ status: 500, drop: 'after' }, 'has both'],
  [{ drop: 'before', afterQueueing: true }, 'contradicts'],
  [{ latencyMs: 1, retryAfter: 1 }, 'needs "status"'],
  [[{ status: 500 }, 7], 'rule 2: expected an object'],
])('%j is refused', async (rule, message) => {
  expect(await put(rule)).toMatchObject({ status: 400, body: { message: expect.stringContaining(message) } });
});

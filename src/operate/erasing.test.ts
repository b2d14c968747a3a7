import { randomUUID } from 'node:crypto';
import { type Client, ServiceError } from '@temporalio/client';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { claim, release } from '../router/claim.ts';
import { requestErasure } from '../store/erasures.ts';
import { createSealer } from '../system/seal.ts';
import { erase, openErasures } from './erase.ts';
import { eraseOpen } from './erasing.ts';
import { seedFlow, seedRun } from './testing/seed.ts';

const PEOPLE = 40;
let store: TestStore;
beforeAll(async () => {
  store = await testStore();
  await seedFlow(store);
});
afterAll(() => store?.close());

/** Somebody inside a flow, who is to be forgotten. Answers the person's id. */
async function forgotten(email: string): Promise<string> {
  const { person } = await seedRun(store, { email, entered: '2026-11-22T10:00:00.000Z' });
  await requestErasure(store.db, [person], 'segment');
  return person;
}

/** A Temporal that answers every call so. */
function temporal(answer: (workflow: string) => Error | null) {
  const calls: string[] = [];
  const client = {
    withDeadline: (_: number, task: () => Promise<unknown>) => task(),
    workflowService: {
      deleteWorkflowExecution: async ({
        workflowExecution: { workflowId },
      }: {
        workflowExecution: { workflowId: string };
      }) => {
        calls.push(workflowId);
        const error = answer(workflowId);
        if (error !== null) throw error;
      },
    },
    workflow: { list: async function* () {} },
  } as unknown as Client;
  return { client, calls };
}

const grpc = (code: number, details: string) =>
  new ServiceError('Failed', { cause: Object.assign(new Error(details), { code, details, metadata: {} }) });

test('one in the hands of a router, and one that Temporal refuses, keep nobody else waiting', async () => {
  const [busy, refused] = [await forgotten('busy@example.com'), await forgotten('refused@example.com')];
  await forgotten('free@example.com');
  await sql`update persons set owner = 'router', lease_until = now() + interval '1 hour' where id = ${busy}`.execute(
    store.db,
  );
  const tools = { store, namespace: 'default', sealer: createSealer([]) };
  const strict = temporal((id) => (id.includes(refused) ? grpc(7, 'not allowed to delete') : null));
  const done: number[] = [];
  await expect(eraseOpen({ ...tools, client: strict.client }, ({ persons }) => done.push(persons))).rejects.toThrow(
    'a router has the person',
  );
  expect(done).toEqual([1]);
  const left = await store.db.selectFrom('persons').select('id').execute();
  expect(left.map(({ id }) => id)).toEqual([busy]);
  expect(await openErasures(store)).toHaveLength(2);

  await sql`update persons set owner = null, lease_until = null`.execute(store.db);
  const willing = temporal(() => null);
  await eraseOpen({ ...tools, client: willing.client }, ({ persons }) => done.push(persons));
  expect(await openErasures(store)).toEqual([]);
  expect(done).toEqual([1, 1, 1]);
});

test('who is never out of the hands of routers, because events never cease, is erased all the same', async () => {
  const person = await forgotten('chatty@example.com');
  let going = true;
  const events = (async () => {
    while (going) {
      await sql`update persons set ready_at = least(ready_at, now()), wake = wake + 1 where id = ${person}`.execute(
        store.db,
      );
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  })();
  const router = (async () => {
    // Its turns follow each other without a break as long as there is something to decide.
    while (going) {
      const leases = await claim(store, `router/${randomUUID()}`, 10, false);
      await new Promise((resolve) => setTimeout(resolve, leases.length > 0 ? 50 : 1));
      for (const lease of leases) await release(store, lease);
    }
  })();
  const { client } = temporal(() => null);
  const erasing = (async () => {
    const [id] = await openErasures(store);
    return erase({ store, namespace: 'default', sealer: createSealer([]), client }, id!);
  })().finally(() => {
    going = false;
  });
  const [erased] = await Promise.all([erasing, events, router]);
  expect(erased).toMatchObject({ persons: 1, done: true });
});

test('many at once while Temporal is away: the store forgets all of them at once, and Temporal is told afterwards', async () => {
  for (let n = 0; n < PEOPLE; n += 1) await forgotten(`many${n}@example.com`);
  const tools = { store, namespace: 'default', sealer: createSealer([]) };
  const away = temporal(() => grpc(14, 'no connection'));
  await expect(eraseOpen({ ...tools, client: away.client }, () => {})).rejects.toThrow(
    'Temporal: Failed: no connection',
  );
  expect(away.calls).toHaveLength(1);
  expect(await store.db.selectFrom('persons').select('id').execute()).toEqual([]);
  // Two processes at once.
  const { client, calls } = temporal(() => null);
  await Promise.all([1, 2].map(() => eraseOpen({ ...tools, client }, () => {}).catch(() => {})));
  await eraseOpen({ ...tools, client }, () => {});
  expect(await openErasures(store)).toEqual([]);
  expect(new Set(calls).size).toBe(PEOPLE);
});

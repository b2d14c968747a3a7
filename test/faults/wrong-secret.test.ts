/** A Mapp secret that is wrong, expired or changed: work stops, operators see why, nothing is lost, and it goes on. */
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../support/delivery.ts';
import { books, disagreement } from './books.ts';
import type { Part } from './part.ts';
import { catalogue, type Rig, rig } from './rig.ts';

const PEOPLE = 10;
let world: Rig;
let serve: Part;

beforeAll(async () => {
  world = await rig({
    'mapp.yaml': catalogue({ one: 'email' }),
    'flows/hello.yaml': 'flow: hello\non: signup\nreentry: always\nsteps:\n  - send_email: one\n',
  });
  serve = await world.start(['serve', '--port', '0']);
});
afterAll(async () => {
  await serve?.stop();
  await world?.close();
});

let ids = 0;
const signups = () =>
  Array.from({ length: PEOPLE }, () => {
    ids += 1;
    return { event: 'signup', id: `signup-${ids}`, contact: { email: `person${ids}@example.com` } };
  });

async function completed(): Promise<number> {
  const { rows } = await sql<{ n: number }>`
    select count(*)::int as n from entries where outcome = 'completed'`.execute(world.store.db);
  return rows[0]!.n;
}

/** Calls that Mapp refused; 0 before the worker has told where it counts them. */
async function refused(worker: Part): Promise<number> {
  const url = /health and metrics at (\S+)/.exec(worker.said())?.[1];
  if (url === undefined) return 0;
  const metrics = await (await fetch(`${url}/metrics`)).text();
  return Number(/flows_mapp_calls_total\{api="connect",[^}]*outcome="unauthorized"\} (\d+)/.exec(metrics)?.[1] ?? 0);
}

async function booksAgree(): Promise<void> {
  const sends = await books(world.store, world.sandbox);
  expect(sends.flatMap((one) => disagreement(one) ?? [])).toEqual([]);
  expect(sends.map(({ taken }) => taken)).toEqual(Array(ids).fill(1));
}

test('a wrong one at the start of the worker: it waits, and the next start with the right one sends', async () => {
  const wrong = { MAPP_CONNECT_SECRET: 'expired' };
  const worker = await world.start(['worker', '--port', '0'], wrong);
  expect((await world.post(serve, signups())).status).toBe(202);
  await until(async () => (await refused(worker)) > 0 && worker.said().includes('none is lost'));
  expect(worker.said()).toMatch(/401.*check MAPP_CONNECT_ID, MAPP_CONNECT_SECRET.*calls wait, none is lost/);
  expect(worker.said()).not.toContain('expired');
  const doctor = await world.flows(['doctor', '--json'], wrong);
  expect(doctor.code).toBe(1);
  expect(JSON.parse(doctor.out).checks).toContainEqual({
    check: 'Mapp Connect',
    ok: false,
    detail: expect.stringContaining('401'),
    remedy: expect.stringContaining('Correct MAPP_CONNECT_URL, MAPP_CONNECT_ID, MAPP_CONNECT_SECRET'),
  });
  // Given back, not failed: nobody has to decide anything.
  expect(await worker.stop()).toBe(0);
  expect(await world.store.db.selectFrom('deliveries').select('state').execute()).toEqual([]);
  expect(await completed()).toBe(0);

  const right = await world.start(['worker']);
  await until(async () => (await completed()) === PEOPLE);
  expect(await right.stop()).toBe(0);
  await booksAgree();
});

test('one that Mapp changes while the worker runs, and changes back: it goes on by itself', async () => {
  const worker = await world.start(['worker', '--port', '0']);
  await world.faults([{ status: 401 }]);
  expect((await world.post(serve, signups())).status).toBe(202);
  await until(async () => (await refused(worker)) > 0);
  await world.faults([]);
  await until(async () => (await completed()) === ids);
  expect(await worker.stop()).toBe(0);
  await booksAgree();
});

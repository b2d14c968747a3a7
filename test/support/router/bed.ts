import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import type { Actor } from '../../../src/router/act.ts';
import type { Tools } from '../../../src/router/closer.ts';
import { Pace } from '../../../src/router/pace.ts';
import { PublishedFlows } from '../../../src/router/published-flows.ts';
import { type Router, type RouterOptions, startRouter } from '../../../src/router/router.ts';
import { callWithin } from '../../../src/router/temporal-call.ts';
import { takeTurn } from '../../../src/router/turn.ts';
import { type TestStore, testStore } from '../store.ts';
import { entries as allEntries, arrive, claimOne, person, verdicts } from './fixtures.ts';
import { eventually, type RecordingTemporal, recordingTemporal } from './temporal.ts';

export const silent = { info: () => {}, warn: () => {}, error: () => {} };

/** one per test file */
export let temporal: RecordingTemporal;
/** a new one for every test, with one person */
export let store: TestStore;
export let ada: string;
const routers: Router[] = [];

/** Registers what a test file needs to route over real servers. */
export function useRouterBed(): void {
  beforeAll(async () => {
    temporal = await recordingTemporal();
  });
  afterAll(() => temporal.close());
  beforeEach(async () => {
    store = await testStore();
    ada = await person(store);
  });
  afterEach(async () => {
    await Promise.all(routers.splice(0).map((router) => router.stop()));
    await store.close();
  });
}

/** Stopped after the test. */
export function router(options: Partial<RouterOptions> = {}): Router {
  const { client, taskQueue } = temporal;
  const started = startRouter({
    store,
    client,
    taskQueue,
    speed: 1,
    eager: false,
    log: silent,
    rawDays: 7,
    ...options,
  });
  routers.push(started);
  return started;
}

export function actor(): Actor {
  const { client, taskQueue } = temporal;
  const call = callWithin(client, 10_000);
  const starts = new Pace(10);
  return { store, client, call, taskQueue, eager: false, published: new PublishedFlows(), starts, log: silent };
}

export function tools(owner = 'test'): Tools {
  const { client, taskQueue } = temporal;
  return { store, client, call: callWithin(client, 10_000), taskQueue, owner, log: silent };
}

/** One turn of whoever is ready, without a router: nothing goes on behind the test's back. */
export async function turn(): Promise<void> {
  await takeTurn(actor(), await claimOne(store), 1, () => false);
  await store.db.updateTable('persons').set({ owner: null, lease_until: null, ready_at: null }).execute();
}

/** One event of Ada's, and a turn. Answers the inbox id. */
export async function send(name: string, data = {}): Promise<string> {
  const inbox = await arrive(store, ada, name, { data });
  await turn();
  return inbox;
}

/** Ada's entries; the reconcile of a router also finds the runs of other tests. */
export async function entries() {
  return (await allEntries(store)).filter((entry) => entry.person === ada);
}

export function runId(ordinal: number, flow = 'welcome'): string {
  return `${flow}/${ada}/${ordinal}`;
}

export async function whats(run: string): Promise<string[]> {
  return (await temporal.told(run)).told.map(({ what }) => what);
}

/** The verdicts, as soon as there are some. */
export function decided(inbox: string): Promise<string> {
  return eventually(() => verdicts(store, inbox));
}

/** Waits until nothing is left to decide or to send. */
export async function settled(): Promise<void> {
  await eventually(async () => {
    // in this order: a decision makes notices due
    const waiting = await store.db.selectFrom('inbox').select('id').where('state', '=', 'new').execute();
    const left = await store.db.selectFrom('notices').select('n').where('state', '=', 'due').execute();
    return left.length + waiting.length === 0;
  });
}

import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client } from '@temporalio/client';
import { expect } from 'vitest';
import { decideHold, heldRuns } from '../../src/operate/holds.ts';
import { listRuns } from '../../src/operate/list-runs.ts';
import { postEvent } from '../../src/operate/post-event.ts';
import { showRun } from '../../src/operate/timeline.ts';
import type { Contact } from '../../src/plan/event.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { publish } from '../../src/router/publish.ts';
import { startSandbox } from '../../src/sandbox/sandbox.ts';
import { startEngine } from '../../src/server/engine.ts';
import { guardedConnection } from '../../src/server/temporal.ts';
import { parkedLine } from '../../src/simulation/subject.ts';
import type { RunLines } from '../../src/simulation/timeline.ts';
import { project } from '../simulation/project.ts';
import { credentials } from '../support/sandbox.ts';
import { testStore } from '../support/store.ts';
import { testTemporal } from '../support/temporal.ts';
import type { ContractCase, ContractItem } from './cases.ts';

export interface TemporalHost {
  /** Publishes nothing but this plan, lets everything happen, and answers the runs as soon as they are at rest. */
  play(plan: Plan, contact: Contact, given: ContractCase): Promise<readonly RunLines[]>;
  close(): Promise<void>;
}

const PATIENCE = { timeout: 40_000, interval: 20 };

/** The whole engine over a real Temporal server, Postgres and the sandbox. Every timer is divided by `speed`. */
export async function temporalHost(speed: number): Promise<TemporalHost> {
  const closing: (() => Promise<void>)[] = [];
  const close = async () => {
    for (const one of closing.splice(0).reverse()) await one();
  };
  const store = await testStore();
  closing.push(() => store.close());
  const server = await testTemporal();
  closing.push(() => server.connection.close());
  const mapp = await startSandbox({ port: 0, dir: null, credentials, project, delayMs: 0 });
  closing.push(() => mapp.close());
  const connection = await guardedConnection(server.settings, store);
  closing.push(() => connection.close());
  const engine = await startEngine({
    store,
    connection,
    namespace: server.namespace,
    project,
    worker: { mapp: { url: mapp.url, ...credentials, expUnit: 'ms' }, rate: 100 },
    serve: { host: '127.0.0.1', port: 0, secrets: {}, dev: true },
    speed,
    taskQueue: randomUUID(),
    log: () => {},
  });
  closing.push(() => engine.stop());
  const client = new Client({ connection: server.connection, namespace: server.namespace });
  const temporal = async () => client;

  const runsOf = async (flow: string) => {
    const rows = await listRuns(store, temporal, { flow });
    return rows.sort((a, b) => (a.entered < b.entered ? -1 : 1));
  };

  async function happen(item: ContractItem, flow: string, contact: Contact): Promise<void> {
    if (item.once !== undefined) {
      const there = async () => (await runsOf(flow)).filter(({ step }) => step === item.once).map(({ state }) => state);
      await expect.poll(there, PATIENCE).toContainEqual(expect.stringMatching(/^(waiting|held)$/));
    }
    if ('event' in item) {
      const event = { event: item.event, contact, data: item.data ?? {} };
      expect(await postEvent({ url: engine.ingestUrl!, token: null }, event)).toMatchObject({ taken: true });
      const open = async () =>
        (await store.db.selectFrom('inbox').select('id').where('state', '=', 'new').execute()).length;
      await expect.poll(open, PATIENCE).toBe(0);
      return;
    }
    const as = 'approve' in item ? 'approved' : 'rejected';
    const [held] = await heldRuns(store, temporal, { flow });
    expect(await decideHold(store, held!, as)).toBeNull();
    engine.nudge();
  }

  return {
    async play(plan, contact, { items, fail }) {
      await publish(store, [plan]);
      const faults = fail === undefined ? [] : [{ subtype: fail.subtype, times: 1, ...faultOf(fail.with) }];
      const told = await fetch(new URL('/faults', mapp.url), { method: 'PUT', body: JSON.stringify(faults) });
      expect(told.status).toBe(200);
      for (const item of items ?? []) await happen(item, plan.flow, contact);
      const states = async () => (await runsOf(plan.flow)).map(({ state }) => state);
      await expect
        .poll(async () => (await states()).filter((state) => !/^(completed|exited|parked)$/.test(state)), PATIENCE)
        .toEqual([]);
      const rows = await runsOf(plan.flow);
      return Promise.all(
        rows.map(async ({ run, state, step, reason, since }) => {
          const { timeline } = (await showRun(store, temporal, run))!;
          const lines = timeline.map((line, seq) => ({ seq, ...line }));
          const place = { seq: lines.length, at: since };
          const position = { step, ...(reason === null ? {} : { reason }) };
          return { plan, lines: state === 'parked' ? [...lines, parkedLine(plan, position, place)] : lines };
        }),
      );
    },
    close,
  };
}

function faultOf(ending: '400' | 'timeout'): object {
  return ending === '400' ? { status: 400 } : { drop: 'after' };
}

/** Answers every call 201 and `{ points: 9 }`. */
export async function webhookServer(): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((_, response) => {
    response.writeHead(201, { 'content-type': 'application/json' }).end('{"points":9}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/score`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

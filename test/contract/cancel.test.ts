/** What becomes of a run that somebody cancels in Temporal, instead of stopping it with `flows`. */
import { randomUUID } from 'node:crypto';
import { Client, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { NativeConnection, type NativeConnectionOptions } from '@temporalio/worker';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { FAILURES } from '../../src/activities/failures.ts';
import type { Activities, EffectResult } from '../../src/plan/effect.ts';
import { NOTICE_SIGNAL, type Notice, type RunInput, type RunReport, STATE_QUERY } from '../../src/plan/notice.ts';
import { createFlowWorker } from '../../src/worker/worker.ts';
import type { RunReportLine } from '../../src/workflows/sink.ts';
import { planOf } from '../simulation/project.ts';
import { testTemporal } from '../support/temporal.ts';

let client: Client;
let connection: NativeConnection;
let stop: () => Promise<void>;
const taskQueue = randomUUID();
const reports: RunReportLine[] = [];
const delivered: string[] = [];
/** answers to the patient activity, by step */
const later: { [step: string]: () => Promise<EffectResult> } = {};

beforeAll(async () => {
  const server = await testTemporal();
  client = new Client({ connection: server.connection, namespace: server.namespace });
  connection = await NativeConnection.connect(server.settings.options as NativeConnectionOptions);
  const activities: Activities = {
    async deliver({ step }) {
      if (later[step] !== undefined) return { outcome: 'deferred', reason: 'not now' };
      delivered.push(step);
      return { outcome: 'accepted' };
    },
    deliverLater: ({ step }) => later[step]!(),
    read: async () => ({ contact: {}, groups: {} }),
  };
  const worker = await createFlowWorker({
    connection,
    namespace: server.namespace,
    taskQueue,
    slots: 20,
    activities,
    reports: { add: (line) => void reports.push(line), close: async () => {} },
  });
  const running = worker.run();
  stop = async () => {
    worker.shutdown();
    await running;
    await connection.close();
    await server.connection.close();
  };
});
afterAll(() => stop?.());

async function start(steps: string): Promise<WorkflowHandle> {
  const id = randomUUID();
  const plan = planOf(`flow: cancel\non: newsletter_signup\nsteps:\n${steps}`);
  const event = { name: 'newsletter_signup', id, time: new Date().toISOString(), source: 'api' as const, data: {} };
  const input: RunInput = { plan, entry: id, person: id, key: null, event, entered: event.time, speed: 1 };
  return client.workflow.start('cancel', { taskQueue, workflowId: `cancel/${id}`, args: [input] });
}

async function standing(run: WorkflowHandle, status: string): Promise<void> {
  const position = async () => (await run.query<RunReport>(STATE_QUERY)).position.status;
  await vi.waitFor(async () => expect(await position()).toBe(status), { timeout: 60_000, interval: 20 });
}

/** How the run ended, and what it reported last. */
async function ended(run: WorkflowHandle) {
  await run.result().catch(() => {});
  const [, entry] = run.workflowId.split('/');
  const { status } = await run.describe();
  return { status: status.name, last: reports.findLast((line) => line.entry === entry) };
}

const CANCELED = {
  status: 'CANCELLED',
  last: { finishing: true, position: { status: 'exited', reason: 'canceled' } },
};

it('a wait ends at once, with its timer', async () => {
  const run = await start('  - wait: 30 days\n  - send_email: welcome');
  await standing(run, 'waiting');
  await run.cancel();
  expect(await ended(run)).toMatchObject(CANCELED);
  const { events } = await run.fetchHistory();
  expect(events!.at(-2)!.timerCanceledEventAttributes).toBeTruthy();
  expect(delivered).toEqual([]);
});

it('a run that was woken by an event before can still be canceled', async () => {
  const run = await start('  - wait_for: order_placed\n    timeout: 30 days\n  - wait: 30 days');
  await standing(run, 'waiting');
  const event = { name: 'order_placed', id: '1', time: new Date().toISOString(), source: 'api' as const, data: {} };
  await run.signal(NOTICE_SIGNAL, { n: 1, kind: 'event', event } satisfies Notice);
  const steps = async () => (await run.query<RunReport>(STATE_QUERY)).position.kind;
  await vi.waitFor(async () => expect(await steps()).toBe('wait'), { timeout: 60_000, interval: 20 });
  await run.cancel();
  expect(await ended(run)).toMatchObject(CANCELED);
});

it('a wait without end, too', async () => {
  const run = await start('  - wait: 30 days');
  await standing(run, 'waiting');
  await run.signal(NOTICE_SIGNAL, { n: 1, kind: 'pause' } satisfies Notice);
  await standing(run, 'paused');
  await run.cancel();
  expect(await ended(run)).toMatchObject(CANCELED);
});

it('an effect that waits for its next attempt is left', async () => {
  later.deferred = async () => {
    throw ApplicationFailure.create({
      type: FAILURES.deferred,
      message: 'not now',
      nextRetryDelay: '1 hour',
      category: ApplicationFailureCategory.BENIGN,
    });
  };
  const run = await start('  - send_email: welcome\n    id: deferred');
  const attempts = async () => (await run.describe()).raw.pendingActivities?.[0]?.attempt;
  await vi.waitFor(async () => expect(await attempts()).toBe(2), { timeout: 60_000, interval: 20 });
  await run.cancel();
  expect(await ended(run)).toMatchObject(CANCELED);
});

it('an effect under way is finished first, and is part of the timeline', async () => {
  let begun = () => {};
  let finish = (_: EffectResult) => {};
  const underWay = new Promise<void>((resolve) => {
    begun = resolve;
  });
  later.slow = () => {
    begun();
    return new Promise((resolve) => {
      finish = resolve;
    });
  };
  const run = await start('  - send_email: welcome\n    id: slow\n  - wait: 30 days');
  await underWay;
  await run.cancel();
  const asked = async () =>
    (await run.fetchHistory()).events!.some((one) => one.activityTaskCancelRequestedEventAttributes);
  await vi.waitFor(async () => expect(await asked()).toBe(true), { timeout: 60_000, interval: 20 });
  finish({ outcome: 'accepted' });
  const { last, ...rest } = await ended(run);
  expect({ last, ...rest }).toMatchObject(CANCELED);
  const [, entry] = run.workflowId.split('/');
  const lines = reports.filter((line) => line.entry === entry).flatMap((line) => line.lines);
  expect(lines.map(({ step, outcome }) => `${step} ${outcome}`)).toContain('slow sent');
});

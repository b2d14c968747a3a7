import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { cleanups, credentials, project, sandbox } from '../../test/support/sandbox.ts';
import { testStore } from '../../test/support/store.ts';
import { testTemporal } from '../../test/support/temporal.ts';
import { compile } from '../compiler/compile.ts';
import { listDeliveries } from '../operate/deliveries.ts';
import { postEvent } from '../operate/post-event.ts';
import { listRuns } from '../operate/runs.ts';
import { showRun } from '../operate/timeline.ts';
import { publish } from '../router/publish.ts';
import { SourceText } from '../source/text.ts';
import { startEngine } from './engine.ts';
import { guardedConnection } from './temporal.ts';

const FLOW = `
flow: engine-welcome
on: signup
steps:
  - check: event.country == "DE"
    then:
      - send_email: welcome
        with: { coupon: SPRING }
  - wait_for: order_placed
    timeout: 1 day
`;

test('an event becomes a run, a send, a line of the ledger and a timeline; a second one moves it to its end', async () => {
  const store = await testStore();
  cleanups.push(() => store.close());
  const temporal = await testTemporal();
  cleanups.push(() => temporal.connection.close());
  const mapp = await sandbox({ delayMs: 0 });
  const { plan, diagnostics } = compile(new SourceText('flows/welcome.yaml', FLOW), project);
  expect(diagnostics).toEqual([]);
  await publish(store, [plan!]);

  const connection = await guardedConnection(temporal.settings, store);
  cleanups.push(() => connection.close());
  const engine = await startEngine({
    store,
    connection,
    namespace: temporal.namespace,
    project,
    worker: { mapp: { url: mapp.url, ...credentials, expUnit: 'ms' }, rate: 100 },
    serve: { host: '127.0.0.1', port: 0, secrets: {}, dev: true },
    speed: 1,
    taskQueue: randomUUID(),
    log: () => {},
  });
  let stopped = false;
  cleanups.push(async () => {
    if (!stopped) await engine.stop();
  });
  const target = { url: engine.ingestUrl!, token: null };
  const client = new Client({ connection: temporal.connection, namespace: temporal.namespace });
  const temporalClient = async () => client;
  const contact = { email: 'ada@example.com' };

  const refused = await postEvent(target, { event: '', contact });
  expect(refused).toMatchObject({ taken: false, problem: { status: 422 } });
  expect(await postEvent(target, { event: 'signup', id: '1', contact, data: { country: 'DE' } })).toMatchObject({
    taken: true,
  });
  expect(await postEvent(target, { event: 'signup', id: '1', contact })).toMatchObject({
    body: { accepted: 0, duplicates: 1 },
  });

  await expect
    .poll(async () => (await listRuns(store, temporalClient, {})).map((run) => run.state), { timeout: 30_000 })
    .toEqual(['waiting']);
  const [run] = await listRuns(store, temporalClient, {});
  expect(run).toMatchObject({ flow: 'engine-welcome', version: plan!.hash, contact, step: 'wait_for_1', key: null });
  const { timeline } = (await showRun(store, temporalClient, run!.run))!;
  expect(timeline).toMatchObject([
    { kind: 'enter', what: 'signup' },
    { kind: 'check', step: 'check_1', saw: { 'event.country': 'DE' } },
    {
      kind: 'send_email',
      what: 'welcome',
      outcome: 'sent',
      data: { coupon: 'SPRING' },
      delivery: { state: 'accepted' },
    },
  ]);
  expect(await listDeliveries(store, { message: 'welcome', state: 'accepted' })).toMatchObject([
    { run: run!.run, address: 'ada@example.com' },
  ]);
  await expect.poll(() => mapp.read('/messages')).toMatchObject([{ message: 'welcome', email: 'ada@example.com' }]);

  await postEvent(target, { event: 'order_placed', id: '2', contact });
  await expect
    .poll(async () => (await showRun(store, temporalClient, run!.run))!.state, { timeout: 30_000 })
    .toBe('completed');
  expect((await showRun(store, temporalClient, run!.run))!.timeline.at(-1)).toMatchObject({
    kind: 'exit',
    what: 'completed',
  });

  await engine.stop();
  stopped = true;
  await engine.ended;
  await expect(postEvent(target, { event: 'signup', contact })).rejects.toThrow('no ingest answers');
});

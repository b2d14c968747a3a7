/** Sandbox, feedback, inbox, run: what contacts do with messages moves the runs that sent them. */
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
import type { Project } from '../plan/project.ts';
import { publish } from '../router/publish.ts';
import { SourceText } from '../source/text.ts';
import { startEngine } from './engine.ts';
import { guardedConnection } from './temporal.ts';

const FLOW = `
flow: reactions
on: signup
key: event.order
steps:
  - send_email: welcome
    id: hello
  - wait_for: { event: message_opened, step: hello }
    timeout: 1 day
    else: [{ exit: unread }]
  - check: steps.hello.opened && !steps.hello.clicked
    then:
      - wait_for: { message_bounced: welcome }
        timeout: 1 day
      - send_email: welcome
        id: again
`;

const WITH_FEEDBACK: Project = {
  ...project,
  sources: { mapp: { type: 'mapp_feedback', secrets: ['MAPP_TOKEN'], credential: 'token' } },
};

test('an open moves the run that sent the message, and no other; after a bounce nothing more is sent', async () => {
  const store = await testStore();
  cleanups.push(() => store.close());
  const temporal = await testTemporal();
  cleanups.push(() => temporal.connection.close());
  const mapp = await sandbox({ delayMs: 0, project: WITH_FEEDBACK });
  const { plan, diagnostics } = compile(new SourceText('flows/reactions.yaml', FLOW), WITH_FEEDBACK);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  await publish(store, [plan!]);
  const connection = await guardedConnection(temporal.settings, store);
  cleanups.push(() => connection.close());
  const engine = await startEngine({
    store,
    connection,
    namespace: temporal.namespace,
    project: WITH_FEEDBACK,
    worker: { mapp: { url: mapp.url, ...credentials, expUnit: 'ms' }, rate: 100 },
    serve: { host: '127.0.0.1', port: 0, secrets: { mapp: ['feedback-token'] }, dev: true },
    speed: 1,
    taskQueue: randomUUID(),
    log: () => {},
  });
  cleanups.push(() => engine.stop());
  const target = { url: `${engine.ingestUrl}/v1/sources/mapp`, token: 'feedback-token' };
  expect(await mapp.send('PUT', '/feedback', target)).toMatchObject({ status: 200 });
  const client = new Client({ connection: temporal.connection, namespace: temporal.namespace });
  const runs = () => listRuns(store, async () => client, {});
  const steps = async () => (await runs()).map(({ key, step, state }) => `${key} ${step} ${state}`).sort();
  const poll = (what: () => Promise<unknown>) => expect.poll(what, { timeout: 30_000 });

  const api = { url: engine.ingestUrl!, token: null };
  for (const order of ['A', 'B']) {
    const signup = { event: 'signup', id: order, contact: { email: 'ada@example.com' }, data: { order } };
    expect(await postEvent(api, signup)).toMatchObject({ taken: true });
  }
  await poll(steps).toEqual(['A wait_for_1 waiting', 'B wait_for_1 waiting']);
  await poll(async () => (await mapp.read<unknown[]>('/messages')).length).toBe(2);

  const first = (await runs()).find(({ key }) => key === 'A')!;
  const hello = (await listDeliveries(store, { run: first.run })).find(({ step }) => step === 'hello')!;
  const sent = (await mapp.read<{ id: string; transactionId: string }[]>('/messages')).find(
    ({ transactionId }) => transactionId === hello.key.replaceAll('/', '-'),
  )!;
  const react = (kind: string, body?: object) => mapp.send('POST', `/messages/${sent.id}/${kind}`, body);

  expect(await react('open')).toMatchObject({ body: { status: 200 } });
  await poll(steps).toEqual(['A wait_for_2 waiting', 'B wait_for_1 waiting']);

  expect(await react('bounce', { text: 'invalid address' })).toMatchObject({ body: { status: 200 } });
  await poll(steps).toEqual(['A null completed', 'B wait_for_1 waiting']);
  const { timeline } = (await showRun(store, async () => client, first.run))!;
  expect(timeline).toMatchObject([
    { kind: 'enter' },
    { step: 'hello', outcome: 'sent' },
    { kind: 'wait_for', what: 'message_opened' },
    { kind: 'check', saw: { 'steps.hello.opened': true, 'steps.hello.clicked': false } },
    { kind: 'wait_for', what: 'message_bounced' },
    { step: 'again', outcome: 'skipped', data: { reason: 'blocked' } },
    { kind: 'exit', what: 'completed' },
  ]);
  expect(await listDeliveries(store, { run: first.run })).toMatchObject([
    {
      step: 'hello',
      state: 'accepted',
      failure: 'bounced: invalid address',
      opened: expect.any(String),
      clicked: null,
    },
    { step: 'again', state: 'skipped', reason: 'blocked' },
  ]);
  expect(await mapp.read<unknown[]>('/messages')).toHaveLength(2);
});

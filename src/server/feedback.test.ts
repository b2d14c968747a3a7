/** Sandbox, feedback, inbox, run: what contacts do with messages moves the runs that sent them. */
import { expect, test } from 'vitest';
import { testEngine } from '../../test/support/engine.ts';
import { project } from '../../test/support/sandbox.ts';
import { listDeliveries } from '../operate/deliveries.ts';
import type { Project } from '../plan/project.ts';

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
  const { store, mapp, url, post, runs, show } = await testEngine({
    flows: [FLOW],
    project: WITH_FEEDBACK,
    secrets: { mapp: ['feedback-token'] },
  });
  const target = { url: `${url}/v1/sources/mapp`, token: 'feedback-token' };
  expect(await mapp.send('PUT', '/feedback', target)).toMatchObject({ status: 200 });
  const steps = async () => (await runs()).map(({ key, step, state }) => `${key} ${step} ${state}`).sort();
  const poll = (what: () => Promise<unknown>) => expect.poll(what);

  for (const order of ['A', 'B']) {
    const signup = { event: 'signup', id: order, contact: { email: 'ada@example.com' }, data: { order } };
    expect(await post(signup)).toMatchObject({ taken: true });
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
  const { timeline } = (await show(first.run))!;
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

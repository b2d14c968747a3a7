import { expect, test } from 'vitest';
import { testEngine } from '../../test/support/engine.ts';
import { listDeliveries } from '../operate/deliveries.ts';
import { listRuns } from '../operate/list-runs.ts';
import { postEvent } from '../operate/post-event.ts';
import { showRun } from '../operate/timeline.ts';

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
  const { store, mapp, plans, ask, url, stop, ended } = await testEngine({ flows: [FLOW] });
  const target = { url, token: null };
  const contact = { email: 'ada@example.com' };

  const refused = await postEvent(target, { event: '', contact });
  expect(refused).toMatchObject({ taken: false, problem: { status: 422 } });
  expect(await postEvent(target, { event: 'signup', id: '1', contact, data: { country: 'DE' } })).toMatchObject({
    taken: true,
  });
  expect(await postEvent(target, { event: 'signup', id: '1', contact })).toMatchObject({
    body: { accepted: 0, duplicates: 1 },
  });

  await expect.poll(async () => (await listRuns(store, ask, {})).map((run) => run.state)).toEqual(['waiting']);
  const [run] = await listRuns(store, ask, {});
  expect(run).toMatchObject({
    flow: 'engine-welcome',
    version: plans[0]!.hash,
    contact,
    step: 'wait_for_1',
    key: null,
  });
  const { timeline } = (await showRun(store, ask, run!.run))!;
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
  await expect.poll(async () => (await showRun(store, ask, run!.run))!.state).toBe('completed');
  expect((await showRun(store, ask, run!.run))!.timeline.at(-1)).toMatchObject({
    kind: 'exit',
    what: 'completed',
  });

  await stop();
  await ended;
  await expect(postEvent(target, { event: 'signup', contact })).rejects.toThrow('no ingest answers');
});

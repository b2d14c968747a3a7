import { describe, expect, test } from 'vitest';
import {
  actor,
  ada,
  decided,
  entries,
  router,
  runId,
  send,
  settled,
  store,
  temporal,
  turn,
  useRouterBed,
  whats,
} from '../../test/support/router/bed.ts';
import {
  arrive,
  claimOne,
  decideOnce,
  endLeases,
  exitOn,
  notices,
  plan,
  verdicts,
} from '../../test/support/router/fixtures.ts';
import { eventually } from '../../test/support/router/temporal.ts';
import { act } from './act.ts';
import { claim } from './claim.ts';
import { publish } from './publish.ts';

useRouterBed();

describe('a crash', () => {
  test('after deciding: the next owner sends it all, once', async () => {
    await publish(store, [plan({ listens: ['order_placed'] })]);
    const inbox = await arrive(store, ada, 'signup');
    await arrive(store, ada, 'order_placed');
    await decideOnce(store);
    expect(await claim(store, 'other', 10, false)).toEqual([]);
    await endLeases(store);
    router();
    await settled();
    expect(await whats(runId(1))).toEqual(['start signup', 'order_placed']);
    expect(await verdicts(store, inbox)).toBe('welcome started');
  });

  test('after claiming: nothing was done, the next owner does it', async () => {
    await publish(store, [plan()]);
    const inbox = await arrive(store, ada, 'signup');
    await claimOne(store);
    await endLeases(store);
    router();
    expect(await decided(inbox)).toBe('welcome started');
  });

  test('after sending, before it was recorded: sent again, taken once', async () => {
    await publish(store, [plan({ listens: ['order_placed', 'signup'], exit_on: [exitOn('signup')] })]);
    await send('signup');
    await send('order_placed');
    const answered = await send('signup', { stay: true });
    await store.db.updateTable('notices').set({ state: 'due' }).execute();
    await store.db.updateTable('entries').set({ state: 'starting' }).execute();
    await store.db
      .updateTable('persons')
      .set({ ready_at: new Date(0) })
      .execute();
    router();
    await settled();
    const { told, dropped } = await temporal.told(runId(1));
    expect(told.map(({ n }) => n)).toEqual([0, 1, 2]);
    // the update is known by its id and never reaches the run again
    expect(dropped).toEqual([1]);
    expect((await entries()).map(({ state }) => state)).toEqual(['open']);
    expect(await verdicts(store, answered)).toBe('welcome notified, welcome inside');
  });

  test('after a start whose run has ended since: it counts as done', async () => {
    await publish(store, [plan()]);
    await send('signup');
    const handle = temporal.client.workflow.getHandle(runId(1));
    await handle.signal('end', 'completed');
    await handle.result();
    await store.db.updateTable('notices').set({ state: 'due' }).execute();
    await store.db.updateTable('entries').set({ state: 'starting' }).execute();
    await store.db
      .updateTable('persons')
      .set({ ready_at: new Date(0) })
      .execute();
    await turn();
    expect((await notices(store)).map(({ state }) => state)).toEqual(['done']);
    expect((await temporal.client.workflow.count(`WorkflowId = "${runId(1)}"`)).count).toBe(1);
  });
});

describe('an event that may end a run and start the same flow', () => {
  const flow = () => plan({ listens: ['signup'], exit_on: [exitOn('signup')] });

  test('ends it first, then starts the next', async () => {
    await publish(store, [flow()]);
    await send('signup');
    const inbox = await send('signup');
    expect(await verdicts(store, inbox)).toBe('welcome notified, welcome started');
    expect((await entries()).map(({ state, reason }) => [state, reason])).toEqual([
      ['closed', 'signup'],
      ['open', null],
    ]);
    expect(await whats(runId(2))).toEqual(['start signup']);
  });

  test('is refused where the run stays', async () => {
    await publish(store, [flow()]);
    await send('signup');
    const inbox = await send('signup', { stay: true });
    expect(await verdicts(store, inbox)).toBe('welcome notified, welcome inside');
    expect(await whats(runId(1))).toEqual(['start signup', 'signup']);
  });

  test('starts it where the run had ended unnoticed', async () => {
    await publish(store, [flow()]);
    await send('signup');
    const handle = temporal.client.workflow.getHandle(runId(1));
    await handle.terminate('by hand');
    const inbox = await send('signup');
    expect(await verdicts(store, inbox)).toBe('welcome notified, welcome started');
    expect((await notices(store)).map(({ n, state }) => `${n} ${state}`)).toEqual(['0 done', '1 gone', '0 done']);
    expect((await entries())[0]).toMatchObject({ outcome: 'terminated', reason: 'by hand' });
  });

  test('a crash while it waits for the answer decides the entry once', async () => {
    await publish(store, [flow()]);
    await send('signup');
    const inbox = await arrive(store, ada, 'signup');
    const { lease } = await decideOnce(store);
    await act(actor(), lease);
    await endLeases(store);
    router();
    expect(
      await eventually(async () => (await verdicts(store, inbox))?.includes('started') && verdicts(store, inbox)),
    ).toBe('welcome notified, welcome started');
    await settled();
    expect((await entries()).length).toBe(2);
  });
});

test('restart: the run inside is told to leave before the next one starts', async () => {
  await publish(store, [plan({ reentry: { mode: 'restart' } })]);
  await send('signup');
  await send('signup');
  const first = await temporal.client.workflow.getHandle(runId(1)).result();
  expect(first).toMatchObject({ outcome: 'exited', reason: 'restarted' });
  expect(await whats(runId(2))).toEqual(['start signup']);
  expect((await entries()).map(({ state, reason }) => [state, reason])).toEqual([
    ['closed', 'restarted'],
    ['open', null],
  ]);
});

test('a change of status reaches people inside', async () => {
  await publish(store, [plan()]);
  await send('signup');
  await publish(store, [plan({ status: 'paused' })]);
  await publish(store, [plan({ status: 'active' })]);
  await turn();
  expect(await whats(runId(1))).toEqual(['start signup', 'pause', 'resume']);
  await publish(store, [plan({ status: 'stopped' })]);
  await turn();
  expect(await temporal.client.workflow.getHandle(runId(1)).result()).toMatchObject({ reason: 'stopped' });
});

test('what Temporal will never take is refused, visibly, and later notices go on', async () => {
  await publish(store, [plan({ listens: ['big', 'small'] })]);
  await send('signup');
  await arrive(store, ada, 'big', { data: { text: 'x'.repeat(2_500_000) } });
  await arrive(store, ada, 'small');
  await turn();
  const [, big, small] = await notices(store);
  expect([big!.state, small!.state]).toEqual(['refused', 'done']);
  const { reason } = await store.db.selectFrom('notices').select('reason').where('n', '=', 1).executeTakeFirstOrThrow();
  expect(reason).toMatch(/exceeds/);
  expect(await whats(runId(1))).toEqual(['start signup', 'small']);
});

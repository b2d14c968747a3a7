import { describe, expect, test } from 'vitest';
import {
  ada,
  entries,
  runId,
  send,
  store,
  temporal,
  turn,
  useRouterBed,
  whats,
} from '../../test/support/router/bed.ts';
import { arrive, exitOn, notices, plan, verdicts } from '../../test/support/router/fixtures.ts';
import { publish } from './publish.ts';

useRouterBed();

describe('an end that nobody noticed', () => {
  test.each([
    ['completed', 'completed', 'completed'],
    ['lost_interest', 'exited', 'lost_interest'],
  ])('costs no entry: %s', async (end, outcome, reason) => {
    await publish(store, [plan()]);
    await send('signup');
    const handle = temporal.client.workflow.getHandle(runId(1));
    await handle.signal('end', end);
    await handle.result();
    expect(await verdicts(store, await send('signup'))).toBe('welcome started');
    expect((await entries())[0]).toMatchObject({ state: 'closed', outcome, reason });
  });

  test('nor does an exit that the run was told of and no worker has taken yet', async () => {
    await publish(store, [plan({ listens: ['order_placed'], exit_on: [exitOn('order_placed')] })]);
    for (const name of ['signup', 'signup', 'order_placed', 'signup', 'signup']) await arrive(store, ada, name);
    await turn();
    const rows = await store.db.selectFrom('inbox').select('id').orderBy('id').execute();
    expect(await Promise.all(rows.map(({ id }) => verdicts(store, id)))).toEqual([
      'welcome started',
      'welcome inside',
      'welcome notified',
      'welcome started',
      'welcome inside',
    ]);
    expect((await entries()).map(({ state, reason }) => [state, reason])).toEqual([
      ['closed', 'order_placed'],
      ['open', null],
    ]);
  });

  test('what was found out before an exit says nothing after it', async () => {
    await publish(store, [plan({ listens: ['order_placed'], exit_on: [exitOn('order_placed')] })]);
    await send('signup');
    for (const name of ['signup', 'order_placed', 'signup']) await arrive(store, ada, name);
    await turn();
    const rows = await store.db.selectFrom('inbox').select('id').orderBy('id').execute();
    expect(await verdicts(store, rows[1]!.id)).toBe('welcome inside');
    expect(await verdicts(store, rows[3]!.id)).toBe('welcome started');
  });

  test('but one who was told of it and stays is inside', async () => {
    await publish(store, [plan({ listens: ['order_placed'], exit_on: [exitOn('order_placed')] })]);
    await send('signup');
    await send('order_placed', { stay: true });
    expect(await verdicts(store, await send('signup'))).toBe('welcome inside');
    expect(await whats(runId(1))).toEqual(['start signup', 'order_placed']);
  });

  test('a notice to it is gone, and the row closed', async () => {
    await publish(store, [plan({ listens: ['order_placed'] })]);
    await send('signup');
    await temporal.client.workflow.getHandle(runId(1)).terminate('by hand');
    expect(await verdicts(store, await send('order_placed'))).toBe('welcome notified');
    expect((await notices(store)).map(({ state }) => state)).toEqual(['done', 'gone']);
    expect((await entries())[0]).toMatchObject({ state: 'closed', outcome: 'terminated', reason: 'by hand' });
  });

  test('a run that Temporal does not know at all is lost', async () => {
    await publish(store, [plan({ listens: ['order_placed'] })]);
    await send('signup');
    await store.db
      .updateTable('entries')
      .set({ workflow_id: runId(99) })
      .execute();
    await send('order_placed');
    expect((await entries())[0]).toMatchObject({ state: 'closed', outcome: 'lost' });
  });
});

import { describe, expect, test } from 'vitest';
import {
  ada,
  entries,
  runId,
  send,
  store,
  temporal,
  tools,
  useRouterBed,
  whats,
} from '../../test/support/router/bed.ts';
import { arrive, claimOne, plan } from '../../test/support/router/fixtures.ts';
import { eventually } from '../../test/support/router/temporal.ts';
import { closeHinted, closeListed } from './closer.ts';
import { publish } from './publish.ts';
import { closeForgotten, readyForgotten, rebuildMissing } from './reconcile.ts';

useRouterBed();

describe('the closer', () => {
  const end = async (reason: string) => {
    const handle = temporal.client.workflow.getHandle(runId(1));
    await handle.signal('end', reason);
    await handle.result().catch(() => {});
  };

  test('closes what Temporal lists as closed', async () => {
    await publish(store, [plan()]);
    await send('signup');
    await end('lost_interest');
    await eventually(async () => {
      await closeListed(tools());
      return (await entries())[0]!.state === 'closed';
    });
    expect((await entries())[0]).toMatchObject({ outcome: 'exited', reason: 'lost_interest', finishing: false });
    expect((await entries())[0]!.closed_at).toBeInstanceOf(Date);
  });

  test('leaves the paging to one router at a time', async () => {
    await closeListed(tools('one'));
    const owner = async () =>
      (await store.db.selectFrom('meta').select('value').where('key', '=', 'closer').executeTakeFirstOrThrow()).value;
    expect(await owner()).toMatchObject({ owner: 'one' });
    await closeListed(tools('two'));
    expect(await owner()).toMatchObject({ owner: 'one' });
  });

  test('follows the hints of runs, and adds a reason that was missing', async () => {
    await publish(store, [plan()]);
    await send('signup');
    await store.db.updateTable('entries').set({ finishing: true }).execute();
    expect(await closeHinted(tools())).toBe(0);
    await end('broken');
    expect(await closeHinted(tools())).toBe(1);
    expect((await entries())[0]).toMatchObject({ outcome: 'failed', reason: 'broken on demand' });
    expect(await closeHinted(tools())).toBe(0);
  });
});

describe('reconcile', () => {
  test('closes rows whose runs have ended', async () => {
    await publish(store, [plan()]);
    await send('signup');
    expect(await closeForgotten(tools())).toBe(0);
    await temporal.client.workflow.getHandle(runId(1)).terminate('by hand');
    expect(await closeForgotten(tools())).toBe(1);
  });

  test('readies whoever has something due', async () => {
    await publish(store, [plan()]);
    await arrive(store, ada, 'signup');
    await store.db.updateTable('persons').set({ ready_at: null }).execute();
    await readyForgotten(store);
    await claimOne(store);
  });

  test('rebuilds the row of a run that the store does not know, and counts on from what it has seen', async () => {
    await publish(store, [plan({ key: ['get', 'event', 'cart'], listens: ['order_placed'] })]);
    await send('signup', { cart: 'A-1' });
    await send('order_placed');
    const [before] = await entries();
    await store.db.deleteFrom('notices').execute();
    await store.db.deleteFrom('entries').execute();
    const after = await eventually(async () => {
      await rebuildMissing(tools());
      return (await entries()).find(({ id }) => id === before!.id);
    });
    expect({ ...after, inbox: null }).toEqual({ ...before, inbox: null });
    await send('order_placed');
    expect(await whats(after.workflow_id)).toEqual(['start signup', 'order_placed', 'order_placed']);
  });

  test('counts runs that it has no key for, and takes those of the erased for what they are', async () => {
    // What the codec puts in place of a payload whose key the store does not have.
    const unreadable = { unreadable: 'its key is not in this store' };
    await temporal.client.workflow.start('welcome', {
      args: [{ event: { name: 'signup' } }],
      taskQueue: temporal.taskQueue,
      workflowId: runId(1),
      memo: { entry: unreadable, person: unreadable },
    });
    await eventually(async () => (await rebuildMissing(tools())).unreadable === 1);
    await store.db.insertInto('erased').values({ person: ada }).execute();
    expect((await rebuildMissing(tools())).unreadable).toBe(0);
  });
});

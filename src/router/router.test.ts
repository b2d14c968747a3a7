import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  entries as allEntries,
  arrive,
  claimOne,
  decideOnce,
  endBackOffs,
  endLeases,
  exitOn,
  notices,
  person,
  plan,
  verdicts,
} from '../../test/support/router/fixtures.ts';
import {
  clientWithoutServer,
  eventually,
  line,
  type RecordingTemporal,
  recordingTemporal,
} from '../../test/support/router/temporal.ts';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { type Actor, act } from './act.ts';
import { claim } from './claim.ts';
import { closeHinted, closeListed, type Tools } from './closer.ts';
import { Pace } from './pace.ts';
import { publish } from './publish.ts';
import { PublishedFlows } from './published-flows.ts';
import { closeForgotten, readyForgotten, rebuildMissing } from './reconcile.ts';
import { type Router, startRouter } from './router.ts';
import { FLOW_KEY, FLOW_PERSON, FLOW_VERSION } from './start-run.ts';
import { callWithin } from './temporal-call.ts';
import { takeTurn } from './turn.ts';

const silent = { info: () => {}, warn: () => {}, error: () => {} };

let temporal: RecordingTemporal;
let store: TestStore;
let ada: string;
const routers: Router[] = [];

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

function router(client = temporal.client): Router {
  const started = startRouter({ store, client, taskQueue: temporal.taskQueue, speed: 1, eager: false, log: silent });
  routers.push(started);
  return started;
}

function actor(): Actor {
  const { client, taskQueue } = temporal;
  const call = callWithin(client, 10_000);
  const starts = new Pace(10);
  return { store, client, call, taskQueue, eager: false, published: new PublishedFlows(), starts, log: silent };
}

function tools(owner = 'test'): Tools {
  return {
    store,
    client: temporal.client,
    call: callWithin(temporal.client, 10_000),
    taskQueue: temporal.taskQueue,
    owner,
    log: silent,
  };
}

/** One turn of whoever is ready, without a router: nothing goes on behind the test's back. */
async function turn(): Promise<void> {
  await takeTurn(actor(), await claimOne(store), 1, () => false);
  await store.db.updateTable('persons').set({ owner: null, lease_until: null, ready_at: null }).execute();
}

async function send(name: string, data = {}): Promise<string> {
  const inbox = await arrive(store, ada, name, { data });
  await turn();
  return inbox;
}

/** Ada's entries; the reconcile of a router also finds the runs of other tests. */
const entries = async () => (await allEntries(store)).filter(({ person }) => person === ada);
const decided = (inbox: string) => eventually(() => verdicts(store, inbox));
const runId = (ordinal: number, flow = 'welcome') => `${flow}/${ada}/${ordinal}`;
const whats = async (run: string) => (await temporal.told(run)).told.map(({ what }) => what);
const settled = () =>
  eventually(async () => {
    // in this order: a decision makes notices due
    const waiting = await store.db.selectFrom('inbox').select('id').where('state', '=', 'new').execute();
    const left = await store.db.selectFrom('notices').select('n').where('state', '=', 'due').execute();
    return left.length + waiting.length === 0;
  });

describe('a router', () => {
  test('starts runs that operators can read, and tells them what they listen for', async () => {
    const made = plan({
      key: ['get', 'event', 'cart'],
      listens: ['order_placed'],
      description: 'Greets a new subscriber.',
    });
    await publish(store, [made]);
    const running = router();
    const inbox = await arrive(store, ada, 'signup', { id: 'ada@example.com-7', data: { cart: 'A-1' } });
    running.nudge();
    expect(await decided(inbox)).toBe('welcome started');
    await arrive(store, ada, 'order_placed', { data: { total: 20 } });
    running.nudge();
    await settled();
    const [entry] = await entries();
    expect(entry!.state).toBe('open');
    const { told, input } = await temporal.told(entry!.workflow_id);
    expect(told).toEqual([
      { n: 0, what: 'start signup' },
      { n: 1, what: 'order_placed' },
    ]);
    expect(input).toMatchObject({ entry: entry!.id, person: ada, key: 'A-1', speed: 1, plan: { hash: made.hash } });
    expect(input).not.toHaveProperty('hash');
    const about = await temporal.client.workflow.getHandle(entry!.workflow_id).describe();
    expect(about.type).toBe('welcome');
    expect(about.memo).toEqual({ entry: entry!.id, person: ada });
    const attributes = about.typedSearchAttributes;
    expect(attributes.get(FLOW_VERSION)).toBe(made.hash);
    expect(attributes.get(FLOW_PERSON)).toBe(ada);
    expect(attributes.get(FLOW_KEY)).toBe(entry!.workflow_id.split('/')[2]);
    expect(await about.staticSummary()).toBe('welcome · entered by signup');
    const details = await about.staticDetails();
    expect(details).toContain('Greets a new subscriber.');
    expect(details).toContain(`flows show ${entry!.workflow_id}`);
    expect(details).not.toContain('ada@example.com');
  });

  test('cuts what operators read to what Temporal takes', async () => {
    await publish(store, [
      plan({ description: '🎂'.repeat(20_000), on: [{ event: 'ü'.repeat(600), where: null, match: [] }] }),
    ]);
    await send('ü'.repeat(600));
    const about = await temporal.client.workflow.getHandle(runId(1)).describe();
    expect(await about.staticSummary()).toMatch(/^welcome · entered by ü{100,}…$/);
    expect(await about.staticDetails()).toContain('🎂…');
  });

  test('gives every person back when it stops', async () => {
    await publish(store, [plan()]);
    const running = router();
    await decided(await arrive(store, ada, 'signup'));
    await running.stop();
    const row = await store.db.selectFrom('persons').select(['owner', 'ready_at']).executeTakeFirstOrThrow();
    expect(row).toEqual({ owner: null, ready_at: null });
  });

  test('two of them on one store: nothing lost, nothing twice, in order per person', async () => {
    await publish(store, [plan({ listens: ['step'] })]);
    const people = await Promise.all(Array.from({ length: 12 }, () => person(store)));
    const both = [router(), router()];
    await Promise.all(people.map((id) => arrive(store, id, 'signup')));
    for (let i = 0; i < 5; i += 1) {
      await Promise.all(people.map((id) => arrive(store, id, 'step', { id: `step ${i}` })));
      both[i % 2]!.nudge();
    }
    await settled();
    for (const id of people) {
      const { told, dropped } = await temporal.told(`welcome/${id}/1`);
      expect(told.map(({ n }) => n)).toEqual([0, 1, 2, 3, 4, 5]);
      expect(dropped).toEqual([]);
    }
    const rows = await store.db.selectFrom('entries').select('id').where('person', 'in', people).execute();
    expect(rows.length).toBe(12);
  });

  test('with Temporal away, events wait; when it is back, everything happens once', async () => {
    await publish(store, [plan({ listens: ['order_placed'] })]);
    await send('signup');
    const { client, close } = await clientWithoutServer();
    const lost = router(client);
    const grace = await person(store);
    const entry = await arrive(store, grace, 'signup');
    const refusal = await arrive(store, ada, 'signup');
    // Deciding an entry takes no Temporal; whether Ada is still inside only Temporal knows.
    expect(await decided(entry)).toBe('welcome started');
    await eventually(async () => {
      const rows = await store.db.selectFrom('persons').select('id').where('ready_at', '>', new Date()).execute();
      return rows.length === 2;
    });
    await lost.stop();
    await close();
    expect(await verdicts(store, refusal)).toBeNull();
    expect((await notices(store)).filter(({ state }) => state === 'due').map(({ kind }) => kind)).toEqual(['start']);
    await endBackOffs(store);
    router();
    expect(await decided(refusal)).toBe('welcome inside');
    await settled();
    expect(await whats(`welcome/${grace}/1`)).toEqual(['start signup']);
  });
});

describe('a line to Temporal that is cut', () => {
  test('the router goes on by itself when it is mended', async () => {
    await publish(store, [plan({ listens: ['order_placed'] })]);
    const { address, cut, mend, end } = await line(temporal.address);
    const connection = await NativeConnection.connect({ address });
    const client = new Client({ connection, namespace: temporal.client.options.namespace });
    const words: string[] = [];
    const log = {
      ...silent,
      warn: (_: object, text: string) => words.push(text),
      info: (_: object, text: string) => words.push(text),
    };
    const { taskQueue } = temporal;
    routers.push(startRouter({ store, client, taskQueue, speed: 1, eager: false, log, callTimeoutMs: 4_000 }));
    await arrive(store, ada, 'signup');
    await settled();
    const before = words.length;
    cut();
    const inbox = await arrive(store, ada, 'order_placed');
    expect(await decided(inbox)).toBe('welcome notified');
    // a slow machine may have said so before
    await eventually(async () => words.slice(before).some((text) => text.startsWith('Temporal is away')));
    await mend();
    await settled();
    expect(words).toContain('Temporal answers again');
    expect(await whats(runId(1))).toEqual(['start signup', 'order_placed']);
    await routers.pop()!.stop();
    await connection.close();
    end();
  });
});

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
});

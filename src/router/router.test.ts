import { Client } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { describe, expect, test } from 'vitest';
import { openLine } from '../../test/support/line.ts';
import {
  ada,
  decided,
  entries,
  router,
  runId,
  send,
  settled,
  silent,
  store,
  temporal,
  useRouterBed,
  whats,
} from '../../test/support/router/bed.ts';
import { arrive, endBackOffs, notices, person, plan, verdicts } from '../../test/support/router/fixtures.ts';
import { clientWithoutServer, eventually } from '../../test/support/router/temporal.ts';
import { publish } from './publish.ts';
import { FLOW_KEY, FLOW_PERSON, FLOW_VERSION } from './start-run.ts';

useRouterBed();

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
    const lost = router({ client });
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
    const line = await openLine(temporal.address);
    const connection = await NativeConnection.connect({ address: line.address });
    const client = new Client({ connection, namespace: temporal.client.options.namespace });
    const words: string[] = [];
    const log = {
      ...silent,
      warn: (_: object, text: string) => words.push(text),
      info: (_: object, text: string) => words.push(text),
    };
    const running = router({ client, log, callTimeoutMs: 4_000 });
    await arrive(store, ada, 'signup');
    await settled();
    const before = words.length;
    line.cut();
    const inbox = await arrive(store, ada, 'order_placed');
    expect(await decided(inbox)).toBe('welcome notified');
    // a slow machine may have said so before
    await eventually(async () => words.slice(before).some((text) => text.startsWith('Temporal is away')));
    await line.mend();
    await settled();
    expect(words).toContain('Temporal answers again');
    expect(await whats(runId(1))).toEqual(['start signup', 'order_placed']);
    await running.stop();
    await connection.close();
    await line.close();
  });
});

import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import { expect, test } from 'vitest';
import { cleanups, credentials, project, sandbox } from '../../test/support/sandbox.ts';
import { testStore } from '../../test/support/store.ts';
import { testTemporal } from '../../test/support/temporal.ts';
import { compile } from '../compiler/compile.ts';
import { listRuns } from '../operate/runs.ts';
import { publish } from '../router/publish.ts';
import { scheduleId, timedEntriesOf } from '../router/schedules.ts';
import { SourceText } from '../source/text.ts';
import { startEngine } from './engine.ts';
import { guardedConnection } from './temporal.ts';

const flow = (on: string) => `
flow: timed
on: ${on}
steps:
  - wait: 1 day
`;
const open = { ...project, groups: null, attributes: null };
const compiled = (on: string) => compile(new SourceText('flows/timed.yaml', flow(on)), open).plan!;

test('a schedule in Temporal follows the published flow, and makes members enter it', async () => {
  const store = await testStore();
  cleanups.push(() => store.close());
  const temporal = await testTemporal();
  cleanups.push(() => temporal.connection.close());
  const mapp = await sandbox({ delayMs: 0 });
  const yearly = compiled('{ schedule: "0 9 1 jan *", group: "10144" }');
  await publish(store, [yearly]);
  const person = randomUUID();
  await store.db.insertInto('persons').values({ id: person }).execute();
  await store.db
    .insertInto('memberships')
    .values({ person, group_id: '10144', member: true, at: new Date() })
    .execute();

  const connection = await guardedConnection(temporal.settings, store);
  cleanups.push(() => connection.close());
  const taskQueue = randomUUID();
  const engine = await startEngine({
    store,
    connection,
    namespace: temporal.namespace,
    project,
    worker: { mapp: { url: mapp.url, ...credentials, expUnit: 'ms' }, rate: 100 },
    serve: { host: '127.0.0.1', port: 0, secrets: {}, dev: true },
    speed: 1,
    taskQueue,
    log: () => {},
  });
  cleanups.push(() => engine.stop());
  const client = new Client({ connection: temporal.connection, namespace: temporal.namespace });
  const handleOf = (plan: typeof yearly) => client.schedule.getHandle(scheduleId(taskQueue, timedEntriesOf(plan)[0]!));
  const exists = (plan: typeof yearly) =>
    handleOf(plan)
      .describe()
      .then(
        () => true,
        () => false,
      );

  await expect.poll(() => exists(yearly), { timeout: 30_000 }).toBe(true);
  const described = await handleOf(yearly).describe();
  expect(described.info.nextActionTimes[0]!.toISOString()).toMatch(/-01-01T08:00:00/);
  await handleOf(yearly).trigger();
  await expect
    .poll(async () => (await listRuns(store, async () => client, {})).map((run) => run.state), { timeout: 30_000 })
    .toEqual(['waiting']);

  const birthday = compiled('{ date: Birthday, at: "09:00" }');
  await publish(store, [birthday]);
  await expect.poll(() => exists(birthday), { timeout: 30_000 }).toBe(true);
  await expect.poll(() => exists(yearly), { timeout: 30_000 }).toBe(false);
  await publish(store, [{ ...birthday, status: 'draining' }]);
  await expect.poll(() => exists(birthday), { timeout: 30_000 }).toBe(false);
}, 120_000);

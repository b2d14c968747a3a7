import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { openLine } from '../../test/support/line.ts';
import { plan } from '../../test/support/router/fixtures.ts';
import { cleanups, project } from '../../test/support/sandbox.ts';
import { testStore } from '../../test/support/store.ts';
import { testTemporal } from '../../test/support/temporal.ts';
import { postEvent } from '../operate/post-event.ts';
import { publish } from '../router/publish.ts';
import { checkCluster } from '../store/cluster-guard.ts';
import { TemporalAway } from '../temporal/connection.ts';
import { startEngine } from './engine.ts';
import { connectionWhenThere, guardedConnection } from './temporal.ts';

const LIMIT = 300;

/** A store, and a Temporal behind a line that is cut. */
async function cutOff() {
  const store = await testStore();
  cleanups.push(() => store.close());
  const temporal = await testTemporal();
  cleanups.push(() => temporal.connection.close());
  const line = await openLine(temporal.settings.options.address);
  cleanups.push(() => line.close());
  line.cut();
  const settings = { ...temporal.settings, options: { ...temporal.settings.options, address: line.address } };
  return { store, line, settings, direct: temporal.settings };
}

test('a store that knows its Temporal takes events before that is there, and acts on them afterwards', async () => {
  const { store, line, settings, direct } = await cutOff();
  await (await guardedConnection(direct, store)).close();
  await publish(store, [plan()]);
  const said: string[] = [];
  const connection = await connectionWhenThere(settings, store, (line) => said.push(line), LIMIT);
  cleanups.push(() => connection.close());
  expect(said).toEqual([expect.stringMatching(/^Temporal at .* does not answer .* wait in the inbox\.$/)]);
  const engine = await startEngine({
    ...{ store, connection, namespace: settings.namespace, project, worker: null, speed: 1, taskQueue: randomUUID() },
    serve: { host: '127.0.0.1', port: 0, secrets: {}, dev: true },
    log: (line) => said.push(line),
  });
  cleanups.push(() => engine.stop());
  const contact = { email: 'ada@example.com' };
  expect(await postEvent({ url: engine.ingestUrl!, token: null }, { event: 'signup', id: '1', contact })).toMatchObject(
    {
      taken: true,
    },
  );
  expect(await store.db.selectFrom('inbox').select('state').execute()).toEqual([{ state: 'new' }]);
  await line.mend();
  await expect
    .poll(() => store.db.selectFrom('entries').select('state').execute(), { timeout: 60_000 })
    .toEqual([{ state: 'open' }]);
  expect(said).toContain('Temporal answers again');
});

test('it ends in order while it waits', async () => {
  const { store, settings, direct } = await cutOff();
  await (await guardedConnection(direct, store)).close();
  const connection = await connectionWhenThere(settings, store, () => {}, LIMIT);
  const engine = await startEngine({
    ...{ store, connection, namespace: settings.namespace, project, worker: null, speed: 1, taskQueue: randomUUID() },
    serve: { host: '127.0.0.1', port: 0, secrets: {}, dev: true },
    log: () => {},
  });
  await engine.stop();
  await connection.close();
});

test('a store that has met none, or another one, is refused at once', async () => {
  const { store, settings, line } = await cutOff();
  const asked = () => connectionWhenThere(settings, store, () => {}, LIMIT);
  await expect(asked()).rejects.toThrow(TemporalAway);
  await checkCluster(store, { cluster: 'another', namespace: 'another' });
  await line.mend();
  await expect(connectionWhenThere(settings, store, () => {})).rejects.toThrow(
    'not the one on which the runs of this store live',
  );
});

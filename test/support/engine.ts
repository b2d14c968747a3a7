import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import { expect } from 'vitest';
import { payloadOptions } from '../../src/codec/data-converter.ts';
import { compile } from '../../src/compiler/compile.ts';
import { listRuns } from '../../src/operate/list-runs.ts';
import { postEvent } from '../../src/operate/post-event.ts';
import { showRun } from '../../src/operate/timeline.ts';
import type { Plan } from '../../src/plan/plan.ts';
import type { Project } from '../../src/plan/project.ts';
import { publish } from '../../src/router/publish.ts';
import { startEngine } from '../../src/server/engine.ts';
import type { Log } from '../../src/server/log.ts';
import { guardedConnection } from '../../src/server/temporal.ts';
import { SourceText } from '../../src/source/text.ts';
import type { Store } from '../../src/store/store.ts';
import { project as catalogue, cleanups, credentials, sandbox } from './sandbox.ts';
import { testStore } from './store.ts';
import { type TestTemporal, testTemporal } from './temporal.ts';

export interface TestEngineOptions {
  /** texts of flows, published before the engine starts */
  readonly flows: readonly string[];
  /** that of the sandbox unless told */
  readonly project?: Project;
  /** for flows that use more than the project declares */
  readonly compiledWith?: Project;
  /** values of the sources' secrets, by source */
  readonly secrets?: { readonly [source: string]: readonly string[] };
  readonly encryptionKeys?: readonly Buffer[];
  /** of its own, and not closed by it, where what its servers leave behind is looked at */
  readonly servers?: { readonly store: Store; readonly temporal: TestTemporal };
  /** what it says to operators */
  readonly log?: Log;
}

/** A whole engine on a store, a queue and a sandbox of its own, and what a test asks of it; all is stopped after the test. */
export async function testEngine(options: TestEngineOptions) {
  const { flows, project = catalogue, compiledWith = project, secrets = {}, encryptionKeys } = options;
  const { store, temporal } = options.servers ?? (await sharedServers(encryptionKeys));
  const mapp = await sandbox({ delayMs: 0, project });
  const plans = flows.map((text, at) => compiled(text, compiledWith, at));
  await publish(store, plans);
  const connection = await guardedConnection(temporal.settings, store);
  cleanups.push(() => connection.close());
  const { namespace } = temporal;
  const taskQueue = randomUUID();
  const engine = await startEngine({
    store,
    connection,
    namespace,
    project,
    ...(encryptionKeys && { encryptionKeys }),
    worker: { mapp: { url: mapp.url, ...credentials, expUnit: 'ms' }, rate: 100 },
    serve: { host: '127.0.0.1', port: 0, secrets, dev: true },
    speed: 1,
    taskQueue,
    log: options.log ?? (() => {}),
  });
  let stopped: Promise<void> | undefined;
  const stop = () => {
    stopped ??= engine.stop();
    return stopped;
  };
  cleanups.push(stop);
  /** what Temporal itself holds */
  const raw = new Client({ connection: temporal.connection, namespace });
  const client = new Client({ connection: temporal.connection, namespace, ...payloadOptions(store, 'tell') });
  const ask = async () => client;
  const url = engine.ingestUrl!;
  return {
    ...{ store, mapp, plans, client, raw, ask, url, namespace, taskQueue, stop },
    /** resolves after `stop` */
    ended: engine.ended,
    post: (event: Parameters<typeof postEvent>[1]) => postEvent({ url, token: null }, event),
    runs: () => listRuns(store, ask, {}),
    show: (run: string) => showRun(store, ask, run),
  };
}

/** A store of its own on the run's Postgres, and the run's Temporal. */
async function sharedServers(keys: readonly Buffer[] | undefined) {
  const store = await testStore(keys && { keys });
  cleanups.push(() => store.close());
  const temporal = await testTemporal();
  cleanups.push(() => temporal.connection.close());
  return { store, temporal };
}

/** A plan without errors. */
export function compiled(text: string, project: Project, at = 0): Plan {
  const { plan, diagnostics } = compile(new SourceText(`flows/${at}.yaml`, text), project);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return plan!;
}

/** Ingest and router as `flows serve` runs them, in a process of their own. Asked, it tells the memory it takes (bytes). */
import { startEngine } from '../../src/server/engine.ts';
import { installRuntime } from '../../src/server/runtime.ts';
import { guardedConnection } from '../../src/server/temporal.ts';
import { openStore } from '../../src/store/store.ts';
import { benchProject } from '../support/flows.ts';
import { serveParent, settingsFromParent } from '../support/parent-link.ts';
import { type ServeSettings, SOURCE, TOKEN } from '../support/settings.ts';

const { temporal, database, taskQueue, key } = settingsFromParent<ServeSettings>();
const encryptionKeys = key === undefined ? [] : [Buffer.from(key, 'base64')];
installRuntime(console.error);
const store = await openStore(database, { keys: encryptionKeys });
const connection = await guardedConnection({ options: { address: temporal }, namespace: 'default' }, store);
const engine = await startEngine({
  store,
  connection,
  namespace: 'default',
  project: { ...benchProject(), sources: { [SOURCE]: { type: 'api', secrets: ['TOKEN'], credential: 'token' } } },
  worker: null,
  encryptionKeys,
  serve: { host: '127.0.0.1', port: 0, secrets: { [SOURCE]: [TOKEN] }, dev: false },
  speed: 1,
  taskQueue,
  log: console.error,
});
serveParent(engine.ingestUrl, {
  answer: () => process.memoryUsage().rss,
  async stop() {
    await engine.stop();
    await connection.close();
    await store.close();
  },
});

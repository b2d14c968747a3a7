/** A worker as `flows worker` runs it: the interpreter, the ledger, the store. */
import { BATCH } from '../../src/mapp/batch-size.ts';
import { startEngine } from '../../src/server/engine.ts';
import { installRuntime } from '../../src/server/runtime.ts';
import { guardedConnection } from '../../src/server/temporal.ts';
import { openStore } from '../../src/store/store.ts';
import { benchProject } from '../support/flows.ts';
import { heapUsed } from '../support/heap-used.ts';
import { serveParent, settingsFromParent } from '../support/parent-link.ts';
import { RATE, SANDBOX_ACCOUNT, type WorkerSettings } from '../support/settings.ts';

const {
  temporal,
  taskQueue,
  sandbox,
  database,
  rate = RATE,
  batchEvents = BATCH.events,
  tuning = {},
} = settingsFromParent<WorkerSettings>();
installRuntime(console.error);
const store = await openStore(database);
const connection = await guardedConnection({ options: { address: temporal }, namespace: 'default' }, store);
const engine = await startEngine({
  store,
  connection,
  namespace: 'default',
  project: benchProject(),
  worker: {
    mapp: { url: sandbox, ...SANDBOX_ACCOUNT, expUnit: 'ms' },
    rate,
    batch: { ...BATCH, events: batchEvents },
    tuning,
  },
  serve: null,
  speed: 1,
  taskQueue,
  log: console.error,
});
serveParent(null, {
  answer: heapUsed,
  async stop() {
    await engine.stop();
    await connection.close();
    await store.close();
  },
});

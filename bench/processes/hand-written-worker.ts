/** A worker for the hand-written flows, as the SDK makes one by default, over the same kind of connection as ours. */
import { NativeConnection, Worker } from '@temporalio/worker';
import { ConnectClient } from '../../src/mapp/connect.ts';
import { installRuntime } from '../../src/server/runtime.ts';
import { handWrittenActivities } from '../hand-written/activities.ts';
import { heapUsed } from '../support/heap-used.ts';
import { serveParent, settingsFromParent } from '../support/parent-link.ts';
import { SANDBOX_ACCOUNT, type WorkerSettings } from '../support/settings.ts';

const { temporal, taskQueue, sandbox, bundle } = settingsFromParent<WorkerSettings>();
installRuntime(console.error);
// As ours connects to a server on this machine: what is compared is how flows are run.
const connection = await NativeConnection.connect({ address: temporal, grpcCompression: { codec: 'none' } });
const connect = new ConnectClient({ url: sandbox, ...SANDBOX_ACCOUNT, expUnit: 'ms' });
const worker = await Worker.create({
  connection,
  taskQueue,
  activities: handWrittenActivities(connect),
  workflowBundle: { codePath: bundle },
});
const run = worker.run();
serveParent(null, {
  answer: heapUsed,
  async stop() {
    worker.shutdown();
    await run;
    await connection.close();
    await connect.close();
  },
});

import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, type NativeConnectionOptions, Worker } from '@temporalio/worker';
import type { Notice, RunInput } from '../../../src/plan/notice.ts';
import { testTemporal } from '../temporal.ts';

/** What a recording run was told, in order, and the numbers it dropped. */
export interface Told {
  readonly told: readonly { readonly n: number; readonly what: string }[];
  readonly dropped: readonly Notice['n'][];
  readonly input: RunInput;
}

export interface RecordingTemporal {
  readonly client: Client;
  readonly address: string;
  readonly taskQueue: string;
  told(workflowId: string): Promise<Told>;
  close(): Promise<void>;
}

/** A real server and a real worker whose every workflow type is `recorder.ts`. */
export async function recordingTemporal(): Promise<RecordingTemporal> {
  const { settings, namespace, connection } = await testTemporal();
  await connection.close();
  const taskQueue = `router-${randomUUID()}`;
  const native = await NativeConnection.connect(settings.options as NativeConnectionOptions);
  const worker = await Worker.create({
    connection: native,
    namespace,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('./recorder.ts', import.meta.url)),
  });
  const running = worker.run();
  // the router's connection is the worker's, as in production: its errors differ from those of the other kind
  const client = new Client({ connection: native, namespace });
  return {
    client,
    address: settings.options.address,
    taskQueue,
    told: (workflowId) => client.workflow.getHandle(workflowId).query<Told>('told'),
    close: async () => {
      worker.shutdown();
      await running;
      await native.close();
    },
  };
}

/** A client whose server is away, and which says so at once. */
export async function clientWithoutServer(): Promise<{ client: Client; close(): Promise<void> }> {
  // no retries: nobody will answer on the reserved port
  const connection = Connection.lazy({ address: '127.0.0.1:1', interceptors: [] });
  return { client: new Client({ connection }), close: () => connection.close() };
}

/** Looks again and again until there is something other than null, undefined and false. The test's time limit is the limit. */
export async function eventually<T>(look: () => Promise<T | null | undefined | false>): Promise<T> {
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

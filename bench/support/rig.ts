/** Everything that runs are measured on, made for one bench and gone after it. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { privatePostgres } from '../../src/store/private-postgres.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { watchdog } from '../../src/system/watchdog.ts';
import { findTemporal } from '../../src/temporal/find-server.ts';
import { startTemporal } from '../../src/temporal/run-server.ts';
import { writeBundle } from '../../src/worker/workflow-bundle.ts';
import { startChild } from './child-process.ts';

export interface Rig {
  readonly temporal: string;
  readonly client: Client;
  readonly store: Store;
  readonly database: string;
  /** base URL */
  readonly sandbox: string;
  /** path of the bundle of the hand-written workflows; ours lies where a worker looks for it */
  readonly handWrittenBundle: string;
  readonly pids: { readonly temporal: number; readonly postgres: number; readonly sandbox: number };
  /** run when the bench ends, last one first */
  readonly cleanups: (() => Promise<void>)[];
}

/** A Temporal server in memory, the private Postgres with its usual settings, a sandbox; all of our own, in a new folder. */
export async function withRig<T>(use: (rig: Rig) => Promise<T>): Promise<T> {
  const cleanups: (() => Promise<void>)[] = [];
  try {
    return await use(await open(cleanups));
  } finally {
    for (let last = cleanups.pop(); last !== undefined; last = cleanups.pop()) await last();
  }
}

async function open(cleanups: (() => Promise<void>)[]): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'mapp-flows-bench-'));
  cleanups.push(() => rm(folder, { recursive: true, force: true }));
  const postmaster = join(folder, '.flows', 'postgres', 'postmaster.pid');
  const dog = watchdog([postmaster], { signal: 'SIGQUIT', remove: [folder] });
  cleanups.push(async () => dog.dismiss());

  const server = await startTemporal({
    ...(await ownServer()),
    dir: join(folder, 'temporal'),
    port: 0,
    inMemory: true,
  });
  cleanups.push(() => server.stop());
  const connection = await Connection.connect({ address: server.address });
  cleanups.push(() => connection.close());
  const postgres = await privatePostgres(folder);
  cleanups.push(() => postgres.release());
  const store = await openStore(postgres.url);
  cleanups.push(() => store.close());
  const sandbox = await startChild<string>('sandbox', {});
  cleanups.push(() => sandbox.stop());
  return {
    temporal: server.address,
    client: new Client({ connection }),
    store,
    database: postgres.url,
    sandbox: sandbox.ready,
    handWrittenBundle: await writeBundles(folder),
    pids: {
      temporal: await firstNumber(join(folder, 'temporal', 'server.pid')),
      postgres: await firstNumber(postmaster),
      sandbox: sandbox.pid,
    },
    cleanups,
  };
}

/** A server that runs already will not do: others may use it, and its CPU time cannot be told. */
async function ownServer(): Promise<{ binary: string; log: (line: string) => void }> {
  const found = await findTemporal({ ...process.env, TEMPORAL_ADDRESS: undefined }, console.error);
  if (found.kind === 'running') throw new Error('unreachable: no address was given');
  return { binary: found.binary, log: console.error };
}

/** Both sides load a bundle that was made before. */
async function writeBundles(folder: string): Promise<string> {
  await writeBundle();
  const workflowsPath = fileURLToPath(new URL('../hand-written/workflows.js', import.meta.url));
  const { code } = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('WARN') });
  const path = join(folder, 'hand-written-bundle.js');
  await writeFile(path, code);
  return path;
}

async function firstNumber(pidFile: string): Promise<number> {
  return Number.parseInt(await readFile(pidFile, 'utf8'), 10);
}

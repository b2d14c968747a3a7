/** The servers that measures stand on: our own, in a new folder, gone with the bench however it ends. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { privatePostgres } from '../../src/store/private-postgres.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { watchdog } from '../../src/system/watchdog.ts';
import { findTemporal } from '../../src/temporal/find-server.ts';
import { startTemporal } from '../../src/temporal/run-server.ts';

/** Run when the bench ends, last one first. */
export type Cleanups = (() => Promise<void>)[];

export interface Servers {
  /** host:port */
  readonly temporal: string;
  readonly client: Client;
  readonly store: Store;
  readonly database: string;
  /** for whatever else has to lie in a file */
  readonly folder: string;
  readonly pids: { readonly temporal: number; readonly postgres: number };
}

export async function withCleanups<T>(use: (cleanups: Cleanups) => Promise<T>): Promise<T> {
  const cleanups: Cleanups = [];
  try {
    return await use(cleanups);
  } finally {
    for (let last = cleanups.pop(); last !== undefined; last = cleanups.pop()) await last();
  }
}

/** A Temporal server in memory and the private Postgres with its usual settings. */
export async function openServers(cleanups: Cleanups): Promise<Servers> {
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
  return {
    temporal: server.address,
    client: new Client({ connection }),
    store,
    database: postgres.url,
    folder,
    pids: {
      temporal: await firstNumber(join(folder, 'temporal', 'server.pid')),
      postgres: await firstNumber(postmaster),
    },
  };
}

/** A server that runs already will not do: others may use it, and its CPU time cannot be told. */
async function ownServer(): Promise<{ binary: string; log: (line: string) => void }> {
  const found = await findTemporal({ ...process.env, TEMPORAL_ADDRESS: undefined }, console.error);
  if (found.kind === 'running') throw new Error('unreachable: no address was given');
  return { binary: found.binary, log: console.error };
}

async function firstNumber(pidFile: string): Promise<number> {
  return Number.parseInt(await readFile(pidFile, 'utf8'), 10);
}

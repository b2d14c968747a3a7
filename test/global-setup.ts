import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { postgresPlace, runningPostgres, stopPostgres } from '../src/store/postgres-server.ts';
import { watchdog } from '../src/system/watchdog.ts';
import { connectTemporal, temporalSettings } from '../src/temporal/connection.ts';
import { findTemporal } from '../src/temporal/find-server.ts';
import { startTemporal, type TemporalServer } from '../src/temporal/run-server.ts';
import { ensureSearchAttributes } from '../src/temporal/search-attributes.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** folder of this test run: its servers live there, started by the first test that asks */
    testFolder: string;
    /** loopback port: a connection to it starts the run's Temporal server and is told its address */
    temporalPort: number;
  }
}

/** One folder per run. Servers in it are ended after the last test, or by watchdogs where the run itself is killed. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'mapp-flows-test-'));
  project.provide('testFolder', folder);
  const data = join(folder, '.flows', 'postgres');
  const dog = watchdog([join(data, 'postmaster.pid')], { signal: 'SIGQUIT', remove: [folder] });
  const temporal = await temporalOnDemand(folder, project);
  return async () => {
    await temporal.stop();
    if (existsSync(data)) {
      const place = postgresPlace(data);
      if (runningPostgres(place) !== null) await stopPostgres(place);
    }
    dog.dismiss();
    await rm(folder, { recursive: true, force: true });
  };
}

/** The server belongs to this process, which outlives the test files. */
async function temporalOnDemand(folder: string, project: TestProject): Promise<{ stop(): Promise<void> }> {
  let server: TemporalServer | undefined;
  let answer: Promise<string> | undefined;
  const start = async () => {
    const found = await findTemporal(process.env, (line) => console.error(line));
    if (found.kind === 'running') {
      const settings = temporalSettings(process.env);
      const connection = await connectTemporal(settings);
      await ensureSearchAttributes(connection, settings.namespace);
      await connection.close();
      return found.address;
    }
    const dir = join(folder, 'temporal');
    server = await startTemporal({ binary: found.binary, dir, port: 0, inMemory: true, log: console.error });
    return server.address;
  };
  const door = createServer((socket) => {
    socket.on('error', () => {}); // who asked may be gone by the time of the answer
    answer ??= start();
    answer.then(
      (address) => socket.end(JSON.stringify({ address })),
      (error: Error) => socket.end(JSON.stringify({ error: error.message })),
    );
  });
  await new Promise<void>((resolve) => door.listen(0, '127.0.0.1', resolve));
  project.provide('temporalPort', (door.address() as AddressInfo).port);
  return {
    stop: async () => {
      door.close();
      await answer?.catch(() => {});
      await server?.stop();
    },
  };
}

import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { postgresPlace, runningPostgres, stopPostgres } from '../src/store/postgres-server.ts';
import { watchdog } from '../src/system/watchdog.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** folder of this test run: its servers live there, started by the first test that asks */
    testFolder: string;
  }
}

/** One folder per run. Servers in it are ended after the last test, or by the watchdog where the run itself is killed. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'mapp-flows-test-'));
  project.provide('testFolder', folder);
  const data = join(folder, '.flows', 'postgres');
  const dog = watchdog([join(data, 'postmaster.pid')], { signal: 'SIGQUIT', remove: [folder] });
  return async () => {
    if (existsSync(data)) {
      const place = postgresPlace(data);
      if (runningPostgres(place) !== null) await stopPostgres(place);
    }
    dog.dismiss();
    await rm(folder, { recursive: true, force: true });
  };
}

/** Everything that runs are measured on, made for one bench and gone after it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { writeBundle } from '../../src/worker/workflow-bundle.ts';
import { startChild } from './child-process.ts';
import { type Cleanups, openServers, type Servers, withCleanups } from './servers.ts';

export interface Rig extends Servers {
  /** base URL */
  readonly sandbox: string;
  /** path of the bundle of the hand-written workflows; ours lies where a worker looks for it */
  readonly handWrittenBundle: string;
  readonly pids: Servers['pids'] & { readonly sandbox: number };
  readonly cleanups: Cleanups;
}

/** The servers, a sandbox, and the bundles of both sides. */
export function withRig<T>(use: (rig: Rig) => Promise<T>): Promise<T> {
  return withCleanups(async (cleanups) => {
    const servers = await openServers(cleanups);
    const sandbox = await startChild<string>('sandbox', {});
    cleanups.push(() => sandbox.stop());
    return await use({
      ...servers,
      sandbox: sandbox.ready,
      handWrittenBundle: await writeBundles(servers.folder),
      pids: { ...servers.pids, sandbox: sandbox.pid },
      cleanups,
    });
  });
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

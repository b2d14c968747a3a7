import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** Made by `npm run build` beside the compiled program, so that a worker starts without webpack. */
const BUILT = fileURLToPath(new URL('../workflow-bundle.js', import.meta.url));
const fromSource = import.meta.url.endsWith('.ts');

export async function workflowBundle(): Promise<{ codePath: string } | { code: string }> {
  if (!fromSource && existsSync(BUILT)) return { codePath: BUILT };
  return makeBundle();
}

/** The file appears complete or not at all. */
export async function writeBundle(): Promise<void> {
  const { code } = await makeBundle();
  await writeFile(`${BUILT}.new`, code);
  await rename(`${BUILT}.new`, BUILT);
}

async function makeBundle(): Promise<{ code: string }> {
  const module = (name: string) =>
    fileURLToPath(new URL(`../workflows/${name}${fromSource ? '.ts' : '.js'}`, import.meta.url));
  const { code } = await bundleWorkflowCode({
    workflowsPath: module('index'),
    preloadModules: [module('shared-modules')],
    logger: new DefaultLogger('WARN'),
  });
  return { code };
}

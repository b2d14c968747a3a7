import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

/** How failures leave workflows: `readable`, or in a payload that the codec encrypts. A bundle holds its way for good. */
export type Failures = 'readable' | 'sealed';

/** Made by `npm run build` beside the compiled program, so that a worker starts without webpack. */
const BUILT: { readonly [F in Failures]: string } = {
  readable: fileURLToPath(new URL('../workflow-bundle.js', import.meta.url)),
  sealed: fileURLToPath(new URL('../workflow-bundle-sealed.js', import.meta.url)),
};
const fromSource = import.meta.url.endsWith('.ts');

/** The workflow's code. */
export async function workflowBundle(failures: Failures): Promise<{ codePath: string } | { code: string }> {
  if (!fromSource && existsSync(BUILT[failures])) return { codePath: BUILT[failures] };
  return makeBundle(failures);
}

/** Each file appears complete or not at all. */
export async function writeBundle(): Promise<void> {
  for (const failures of ['sealed', 'readable'] as const) {
    const path = BUILT[failures];
    const { code } = await makeBundle(failures);
    await writeFile(`${path}.new`, code);
    await rename(`${path}.new`, path);
  }
}

async function makeBundle(failures: Failures): Promise<{ code: string }> {
  const path = (name: string) => fileURLToPath(new URL(`../${name}`, import.meta.url));
  const module = (name: string) => path(`workflows/${name}${fromSource ? '.ts' : '.js'}`);
  const { code } = await bundleWorkflowCode({
    workflowsPath: module('index'),
    preloadModules: [module('shared-modules')],
    ...(failures === 'sealed' && {
      failureConverterPath: path(`codec/failure-converter${fromSource ? '.cts' : '.cjs'}`),
    }),
    logger: new DefaultLogger('WARN'),
  });
  return { code };
}

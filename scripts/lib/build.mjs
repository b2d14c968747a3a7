import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isBuilt, noteBuilt, sourcesOf } from './build-state.mjs';
import { Failure, ROOT, runNode, say } from './steps.mjs';

export const TSC = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');

/** Compiles src/ to dist/, and bundles the workflow's part of it, where that is not what it holds already. */
export async function build({ force = false } = {}) {
  if (!force && isBuilt(ROOT)) return;
  say('compiling src/ to dist/');
  const sources = sourcesOf(ROOT);
  rmSync(join(ROOT, 'dist'), { recursive: true, force: true });
  const code = await runNode(TSC, ['-p', 'tsconfig.build.json'], { quietOutput: true });
  if (code !== 0) throw new Failure('src/ does not compile: correct the errors above, then try again.');
  const { writeBundle } = await import(pathToFileURL(join(ROOT, 'dist', 'worker', 'workflow-bundle.js')).href);
  await writeBundle();
  noteBuilt(ROOT, sources);
}

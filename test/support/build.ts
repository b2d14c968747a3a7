import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, symlink, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { withFileLock } from '../../src/system/file-lock.ts';

const ROOT = resolve(import.meta.dirname, '..', '..');

/** The compiled program, `cli/main.js`, with its workflow bundle made beforehand: its workers start without webpack. */
export async function builtProgram(): Promise<string> {
  const main = fileURLToPath(await builtModule('cli/main.ts'));
  const { writeBundle } = (await import(await builtModule('worker/workflow-bundle.ts'))) as {
    writeBundle(): Promise<void>;
  };
  const folder = inject('testFolder');
  await withFileLock(join(folder, 'build.lock'), async () => {
    if (!existsSync(join(folder, 'build', 'workflow-bundle.js'))) await writeBundle();
  });
  return main;
}

/**
 * The URL of a module of `src/` as plain JavaScript, for tests that need it in a process of its own: the sources as they
 * are now, compiled once per test run.
 *
 * @param path inside `src/`, such as `store/private-postgres.ts`
 */
export async function builtModule(path: string): Promise<string> {
  const folder = inject('testFolder');
  const build = join(folder, 'build');
  await withFileLock(join(folder, 'build.lock'), async () => {
    if (existsSync(build)) return;
    await symlink(join(ROOT, 'node_modules'), join(folder, 'node_modules'), 'junction');
    await writeFile(join(folder, 'package.json'), '{ "type": "module", "version": "0.0.0" }');
    const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc');
    const options = [
      '-p',
      join(ROOT, 'tsconfig.build.json'),
      '--outDir',
      `${build}.new`,
      '--noCheck',
      '--sourceMap',
      'false',
    ];
    await promisify(execFile)(process.execPath, [tsc, ...options]);
    await rename(`${build}.new`, build);
  });
  return pathToFileURL(join(build, path.replace(/\.ts$/, '.js'))).href;
}

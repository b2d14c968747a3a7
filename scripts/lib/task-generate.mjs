import { join } from 'node:path';
import { ROOT, runNode } from './steps.mjs';
import { task as prepare } from './task-prepare.mjs';

/** `npm run generate`: writes what is generated from the code, under schema/ and docs/. */
export async function task() {
  await prepare();
  return runNode(join(ROOT, 'dist', 'docs', 'generate.js'), []);
}

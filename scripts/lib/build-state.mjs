import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const STAMP = join('dist', '.sources');
const SETTINGS = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];

/** What dist/ is made of, as a text that changes with it: path, size and time of every source. Some milliseconds. */
export function sourcesOf(root) {
  const hash = createHash('sha256');
  const add = (path) => {
    const { size, mtimeMs } = statSync(join(root, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  };
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' });
  for (const path of files.sort()) {
    if (/(?<!\.test)\.c?ts$/.test(path)) add(join('src', path));
  }
  SETTINGS.forEach(add);
  return hash.digest('hex');
}

/** Whether dist/ was built from the sources as they are. */
export function isBuilt(root) {
  try {
    return readFileSync(join(root, STAMP), 'utf8') === sourcesOf(root);
  } catch (error) {
    if (error.code === 'ENOENT') return false;
    throw error;
  }
}

/** @param sources answer of `sourcesOf` before the build, so that what is saved meanwhile counts as newer */
export function noteBuilt(root, sources) {
  writeFileSync(join(root, STAMP), sources);
}

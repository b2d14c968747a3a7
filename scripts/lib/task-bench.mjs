import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TSC } from './build.mjs';
import { Failure, ROOT, runNode, say } from './steps.mjs';
import { task as prepare } from './task-prepare.mjs';
import { provideTemporal } from './temporal.mjs';

/** `npm run bench [NAME…]`: runs the named measures of bench/, or all of them, one after the other. */
export async function task(names) {
  const measures = measuresOf(join(ROOT, 'bench'));
  const unknown = names.filter((name) => !measures.includes(name));
  if (unknown.length > 0) {
    console.error(`npm run bench: unknown measure ${unknown.join(', ')}; there are ${measures.join(', ')}.`);
    return 2;
  }
  await prepare();
  say('compiling bench/');
  if ((await runNode(TSC, ['-p', 'tsconfig.bench.json'], { quietOutput: true })) !== 0) {
    throw new Failure('bench/ does not compile: correct the errors above, then try again.');
  }
  const env = await provideTemporal();
  let failed = 0;
  for (const name of names.length > 0 ? names : measures) {
    say(`bench ${name}`);
    if ((await runNode(join(ROOT, 'dist', 'bench', 'bench', `${name}.js`), [], { env })) !== 0) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

/** The files of bench/ that no other file there imports: those are parts. */
function measuresOf(folder) {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /(?<!\.test)\.ts$/.test(file),
  );
  const imported = new Set(
    files.flatMap((file) =>
      [...readFileSync(join(folder, file), 'utf8').matchAll(/from '(\.[^']+)'/g)].map(([, path]) =>
        join(file, '..', path),
      ),
    ),
  );
  return files
    .filter((file) => /^[^/\\]+$/.test(file) && !imported.has(file))
    .map((file) => file.slice(0, -3))
    .sort();
}

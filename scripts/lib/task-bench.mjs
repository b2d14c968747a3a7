import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { TSC } from './build.mjs';
import { Failure, ROOT, runNode, say } from './steps.mjs';
import { task as prepare } from './task-prepare.mjs';
import { provideTemporal } from './temporal.mjs';

const OPTIONS = ['--json', '--small'];

/** `npm run bench [NAME…] [-- --json --small]`: runs the named measures of bench/, or all of them, one after the other. `--small`: fewer events and rows. */
export async function task(args) {
  const measures = measuresOf(join(ROOT, 'bench'));
  const options = args.filter((arg) => arg.startsWith('-'));
  const names = args.filter((arg) => !options.includes(arg));
  const unknown = [
    ...names.filter((name) => !measures.includes(name)),
    ...options.filter((arg) => !OPTIONS.includes(arg)),
  ];
  if (unknown.length > 0) {
    console.error(
      `npm run bench: ${unknown.join(', ')} is unknown; there are the measures ${measures.join(', ')}, and -- ${OPTIONS.join(' ')}.`,
    );
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
    if ((await runNode(join(ROOT, 'dist', 'bench', 'bench', `${name}.js`), options, { env })) !== 0) failed += 1;
  }
  return failed === 0 ? 0 : 1;
}

/** Each file directly in bench/ is one; their parts are in folders. */
function measuresOf(folder) {
  return readdirSync(folder)
    .filter((file) => /(?<!\.test)\.ts$/.test(file))
    .map((file) => file.slice(0, -3))
    .sort();
}

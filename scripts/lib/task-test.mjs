import { join } from 'node:path';
import { build, TSC } from './build.mjs';
import { install } from './install.mjs';
import { Failure, ROOT, runNode, say } from './steps.mjs';
import { provideTemporal } from './temporal.mjs';

/** Lint, types, build, then every test; further arguments go to vitest. */
export async function task(args) {
  await install();
  await check('lint', join('@biomejs', 'biome', 'bin', 'biome'), ['check', '.']);
  say('checking types');
  if ((await runNode(TSC, ['-p', 'tsconfig.json'])) !== 0) throw new Failure('there are type errors: see above.');
  await build();
  const env = await provideTemporal();
  say(['vitest run', ...args].join(' '));
  return runNode(join(ROOT, 'node_modules', 'vitest', 'vitest.mjs'), ['run', ...args], { env });
}

async function check(name, program, args) {
  say(`checking ${name}`);
  const code = await runNode(join(ROOT, 'node_modules', program), args);
  if (code !== 0) throw new Failure(`${name} found problems (above): npm run format corrects most of them.`);
}

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it } from 'vitest';
import { builtModule } from '../../test/support/build.ts';
import { isRunning, processIdentity } from './processes.ts';

it('ends what the killed process left running, spares a pid used again, removes its folder', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mapp-flows-watchdog-'));
  const sleeper = () => spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  const [left, spared] = [sleeper(), sleeper()];
  const ended = once(left, 'exit');
  writeFileSync(join(folder, 'left.pid'), processIdentity(left.pid!)!);
  writeFileSync(join(folder, 'spared.pid'), `${spared.pid} 1`);

  const script = `
    import { watchdog } from ${JSON.stringify(await builtModule('system/watchdog.ts'))};
    watchdog(['left.pid', 'spared.pid', 'none.pid'].map((name) => process.argv[1] + '/' + name), { remove: [process.argv[1]] });
    setInterval(() => {}, 1000);
    console.log('ready');`;
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script, folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(createInterface({ input: parent.stdout! }), 'line');
  parent.kill('SIGKILL');

  expect(await ended).toEqual([null, 'SIGTERM']);
  await expect.poll(() => existsSync(folder)).toBe(false);
  expect(isRunning(spared.pid!)).toBe(process.platform === 'linux');
  spared.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

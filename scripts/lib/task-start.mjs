import { launch } from '../../bin/launch.js';
import { say } from './steps.mjs';
import { task as prepare } from './task-prepare.mjs';
import { provideTemporal } from './temporal.mjs';

/** Everything on this machine with the sample project; further arguments go to `flows dev`. */
export async function task(args) {
  await prepare();
  Object.assign(process.env, await provideTemporal());
  const command = ['dev', '--sample', ...args];
  say(`flows ${command.join(' ')}`);
  endWithParent();
  // In this process, so that Ctrl-C and the exit code need no passing on.
  process.argv.splice(2, Number.POSITIVE_INFINITY, ...command);
  await launch();
}

/**
 * npm runs us through a shell that does not pass signals on: where npm alone was told to end, we see that it is gone. A
 * terminal that is closed ends everything orderly, too.
 */
function endWithParent() {
  process.on('SIGHUP', () => process.kill(process.pid, 'SIGTERM'));
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    process.kill(process.pid, 'SIGTERM');
  }, 500);
  watch.unref();
}

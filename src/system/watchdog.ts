import { spawn } from 'node:child_process';

/**
 * Runs in a process of its own. Its standard input is a pipe that only we hold: it closes when we end, however we end,
 * `kill -9` included. Then it ends what the pid files name (first word: a pid; second, where there is one, as in
 * `processIdentity`: a guard against a pid used again), and removes the folders it was told to.
 */
const SCRIPT = `
const fs = require('node:fs');
const [signal, pidFiles, folders] = JSON.parse(process.argv[1]);
const began = (pid) => {
  try {
    const stat = fs.readFileSync('/proc/' + pid + '/stat', 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  } catch { return undefined; }
};
process.stdin.resume();
process.stdin.on('close', () => {
  for (const file of pidFiles) {
    try {
      const [pid, start] = fs.readFileSync(file, 'utf8').split('\\n')[0].split(' ');
      if (start === undefined || process.platform !== 'linux' || began(pid) === start) process.kill(Number(pid), signal);
    } catch {}
  }
  const remove = (left) => {
    try {
      for (const folder of folders) fs.rmSync(folder, { recursive: true, force: true });
    } catch { if (left > 0) setTimeout(remove, 100, left - 1); }
  };
  setTimeout(remove, 100, 50);
});
`;

export interface Watchdog {
  /** sends it away without it doing anything */
  dismiss(): void;
}

/**
 * Ends processes when this one is gone.
 *
 * @param pidFiles read when the moment comes; a file that does not exist names nobody
 * @param options `signal` to send, SIGTERM unless told; `remove`: folders to delete afterwards
 */
export function watchdog(
  pidFiles: readonly string[],
  options: { readonly signal?: NodeJS.Signals; readonly remove?: readonly string[] } = {},
): Watchdog {
  const task = JSON.stringify([options.signal ?? 'SIGTERM', pidFiles, options.remove ?? []]);
  const child = spawn(process.execPath, ['-e', SCRIPT, task], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.on('error', () => {});
  child.unref();
  (child.stdin as unknown as { unref(): void }).unref();
  return { dismiss: () => void child.kill('SIGKILL') };
}

/** `flows`: run by `bin/flows.js`. */
import type { Cli } from './cli.ts';
import { runCli } from './program.ts';

// `flows runs | head` closes our stdout: that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

/** npm hands on a Ctrl-C that the terminal has sent to us already: within this time a second signal is the same request. */
const SAME_REQUEST_MS = 1_000;

const cli: Cli = {
  env: process.env,
  cwd: process.cwd(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  color: process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '',
  untilStopped: () =>
    new Promise((resolve) => {
      let asked: number | null = null;
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.on(signal, () => {
          asked ??= performance.now();
          if (performance.now() - asked > SAME_REQUEST_MS) process.exit(signal === 'SIGINT' ? 130 : 143);
          resolve();
        });
      }
    }),
};

const code = await runCli(process.argv.slice(2), cli);
// Everything is closed by now, but Temporal's runtime keeps a process alive whose start failed before it had a connection.
process.stdout.write('', () => process.exit(code));

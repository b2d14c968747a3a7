/** `flows`: run by `bin/flows.js`. */
import type { Cli } from './cli.ts';
import { runCli } from './program.ts';

// `flows runs | head` closes our stdout: that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

// Nobody reads our log any more, or its terminal is gone: that ends no work.
process.stderr.on('error', () => {});

/**
 * Requests to stop, with the exit code of a second one. A terminal that is closed is one, and so is a shell that ends while its
 * processes are frozen: the system sends SIGHUP to them then.
 */
const STOPS = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;

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
      for (const signal of Object.keys(STOPS) as (keyof typeof STOPS)[]) {
        process.on(signal, () => {
          asked ??= performance.now();
          if (performance.now() - asked > SAME_REQUEST_MS) process.exit(STOPS[signal]);
          resolve(signal);
        });
      }
    }),
  exit: (code) => process.exit(code),
};

const code = await runCli(process.argv.slice(2), cli);
// Everything is closed by now, but Temporal's runtime keeps a process alive whose start failed before it had a connection.
process.stdout.write('', () => process.exit(code));

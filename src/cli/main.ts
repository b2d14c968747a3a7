/** `flows`: run by `bin/flows.js`. */
import type { Cli } from './cli.ts';
import { runCli } from './program.ts';

// `flows runs | head` closes our stdout: that is no failure of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const cli: Cli = {
  env: process.env,
  cwd: process.cwd(),
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  color: process.stdout.isTTY === true && (process.env.NO_COLOR ?? '') === '',
  untilStopped: () =>
    new Promise((resolve) => {
      let asked = false;
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.on(signal, () => {
          if (asked) process.exit(signal === 'SIGINT' ? 130 : 143);
          asked = true;
          resolve();
        });
      }
    }),
};

process.exitCode = await runCli(process.argv.slice(2), cli);

import type { Log } from '../server/log.ts';
import type { Cli } from './cli.ts';

/**
 * Seconds from the request to stop to the end, whatever is under way: a store that is frozen or cut off answers nobody. The
 * worker's own limit is 45; orchestrators wait 60, of which deploy/kubernetes gives 10 to whoever still sends to a `serve`.
 */
const STOP_SECONDS = 48;

/** Ends the process, with exit code 1, where it does not end in order. `clear` when it has. */
export function limitStop(cli: Pick<Cli, 'exit'>, log: Log): { clear(): void } {
  const timer = setTimeout(() => {
    log(`what is under way did not end within ${STOP_SECONDS} s and is given up: the next start takes it up`, {
      level: 'error',
    });
    cli.exit(1);
  }, STOP_SECONDS * 1_000).unref();
  return { clear: () => clearTimeout(timer) };
}

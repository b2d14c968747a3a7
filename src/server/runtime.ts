import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Log } from './log.ts';

/**
 * Prepares Temporal's SDK for this process: its warnings go to our log, and signals stay ours, so that an engine stops in
 * its own order. To be called once, before the first connection.
 */
export function installRuntime(log: Log): void {
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ message, meta }) => {
      const error = (meta as { error?: unknown } | undefined)?.error;
      log(`Temporal SDK: ${message}${error === undefined ? '' : ` (${error})`}`);
    }),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
    shutdownSignals: [],
  });
}

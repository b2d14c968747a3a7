import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import type { Log } from './log.ts';

/** Whose log hears of the SDK: there is one runtime for all engines of a process. */
let hear: Log | null = null;

/**
 * Prepares Temporal's SDK for this process: its warnings go to our log, and signals stay ours, so that an engine stops in
 * its own order. To be called before the first connection; called again, only
 * the log changes.
 */
export function installRuntime(log: Log): void {
  const installed = hear !== null;
  hear = log;
  if (installed) return;
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ message, meta }) => {
      const error = (meta as { error?: unknown } | undefined)?.error;
      hear?.(`Temporal SDK: ${message}${error === undefined ? '' : ` (${error})`}`);
    }),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
    shutdownSignals: [],
  });
}

import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
import { seldom } from '../system/seldom.ts';
import type { Log } from './log.ts';

/** While Temporal is away the SDK says the same for every call it repeats. */
const REPEAT_MS = 60_000;

/** Whose log hears of the SDK: there is one runtime for all engines of a process. */
let hear: Log | null = null;

/**
 * Prepares Temporal's SDK for this process: its warnings go to our log, and signals stay ours, so that an engine stops in its own order. To be called before the first connection; called
 * again, only the log changes.
 */
export function installRuntime(log: Log): void {
  const installed = hear !== null;
  hear = log;
  if (installed) return;
  const now = seldom(REPEAT_MS);
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ message, meta }) => {
      if (!now(message)) return;
      const error = (meta as { error?: unknown } | undefined)?.error;
      hear?.(`Temporal SDK: ${message}${error === undefined ? '' : ` (${String(error).slice(0, 200)})`}`, {
        level: 'warn',
      });
    }),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
    shutdownSignals: [],
  });
}

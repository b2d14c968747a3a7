import { DefaultLogger, makeTelemetryFilterString, Runtime } from '@temporalio/worker';
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
  const said = new Map<string, number>();
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ message, meta }) => {
      const about = message.replace(/[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}|\d+/g, 'N'); // whichever run it is
      const before = said.get(about);
      if (before !== undefined && performance.now() - before < REPEAT_MS) return;
      said.set(about, performance.now());
      const error = (meta as { error?: unknown } | undefined)?.error;
      hear?.(`Temporal SDK: ${message}${error === undefined ? '' : ` (${String(error).slice(0, 200)})`}`, {
        level: 'warn',
      });
    }),
    telemetryOptions: { logging: { forward: {}, filter: makeTelemetryFilterString({ core: 'WARN', other: 'ERROR' }) } },
    shutdownSignals: [],
  });
}

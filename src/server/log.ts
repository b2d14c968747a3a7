import { pino } from 'pino';
import type { RouterLog } from '../router/router.ts';

export type Log = RouterLog;

/** JSON lines on stderr, one for each thing an operator may want to know; `level` and `time` are words. */
export function processLog(): Log {
  return pino(
    { base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (level) => ({ level }) } },
    pino.destination({ dest: 2, sync: true }),
  );
}

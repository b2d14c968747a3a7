import { pino } from 'pino';
import type { RouterLog } from '../router/router.ts';

/** `level` is `info` unless told; the other facts are names and values without personal data. */
export interface LogFacts {
  readonly level?: 'info' | 'warn' | 'error';
  readonly [name: string]: unknown;
}

/** Hears one sentence for an operator. */
export type Log = (message: string, facts?: LogFacts) => void;

/** Lines for people: `2026-11-22T10:00:00.000Z Temporal is away; events wait in the inbox (error=…)`, the time where `timed`. */
export function textLog(write: (text: string) => void, timed = true): Log {
  return (message, { level: _, ...facts } = {}) => {
    const told = Object.entries(facts).map(([name, value]) => `${name}=${value}`);
    write(
      `${timed ? `${new Date().toISOString()} ` : ''}${message}${told.length === 0 ? '' : ` (${told.join(', ')})`}\n`,
    );
  };
}

/** Lines for machines: one JSON object each, `time` (ISO 8601), `level`, `msg`, `role` and the facts. */
export function jsonLog(write: (text: string) => void, role: string): Log {
  const logger = pino(
    {
      base: { role, pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write },
  );
  return (message, { level = 'info', ...facts } = {}) => logger[level](facts, message);
}

/** The router's log, as everybody else's. */
export function routerLog(log: Log): RouterLog {
  const say = (level: LogFacts['level']) => (fields: object, message: string) => log(message, { ...fields, level });
  return { info: say('info'), warn: say('warn'), error: say('error') };
}

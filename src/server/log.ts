import type { RouterLog } from '../router/router.ts';

/** Hears one sentence for an operator. */
export type Log = (message: string) => void;

/** The router's log as sentences: `Temporal is away; events wait in the inbox (error=…)`. */
export function sentences(log: Log): RouterLog {
  const say = (fields: object, message: string) => {
    const facts = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
    log(facts.length === 0 ? message : `${message} (${facts.join(', ')})`);
  };
  return { info: say, warn: say, error: say };
}

import { ENGAGE_PATHS } from '../mapp/engage-operations.ts';
import { isObject } from './body.ts';

/** Operations of Connect, as paths behind `…/integration/{id}/`, and of Engage, behind `…/v19/`: what a fault can be aimed at. */
export const OPERATIONS = [
  'ping',
  'connect',
  'group',
  'message',
  'message/push',
  'message/sms',
  'mobile-app',
  'event',
  'event/batch',
  ...ENGAGE_PATHS,
] as const;
export type OperationPath = (typeof OPERATIONS)[number];

/** A way to fail. Without `path` and `subtype` it concerns every call. */
export interface Fault {
  readonly path?: OperationPath;
  readonly subtype?: string;
  /** waits this long first */
  readonly latencyMs?: number;
  /** then answers so, … */
  readonly status?: number;
  /** seconds, or an HTTP date */
  readonly retryAfter?: number | string;
  /** … or ends the connection without an answer, before or after the events are queued */
  readonly drop?: 'before' | 'after';
  /** fails only after the events are queued: the call is taken all the same */
  readonly afterQueueing?: boolean;
  /** how many calls it concerns; all where absent */
  readonly times?: number;
}

type Check = { readonly ok: (value: unknown) => boolean; readonly accepted: string };
const isCount = (least: number) => (value: unknown) => Number.isSafeInteger(value) && (value as number) >= least;

const FIELDS: { readonly [K in keyof Required<Fault>]: Check } = {
  path: { ok: (value) => OPERATIONS.some((path) => path === value), accepted: `one of ${OPERATIONS.join(', ')}` },
  subtype: { ok: (value) => typeof value === 'string' && value !== '', accepted: 'a subtype, such as "email"' },
  latencyMs: { ok: isCount(0), accepted: 'a whole number of milliseconds' },
  status: {
    ok: (value) => isCount(400)(value) && (value as number) <= 599,
    accepted: 'an HTTP status from 400 to 599',
  },
  retryAfter: { ok: (value) => isCount(0)(value) || typeof value === 'string', accepted: 'seconds, or an HTTP date' },
  drop: { ok: (value) => value === 'before' || value === 'after', accepted: '"before" or "after" (queueing)' },
  afterQueueing: { ok: (value) => typeof value === 'boolean', accepted: 'true or false' },
  times: { ok: isCount(1), accepted: 'a whole number from 1' },
};

/** The rules of a `PUT /faults` body, one or a list of them, or what is wrong with it. */
export function readFaults(value: unknown): { readonly faults: readonly Fault[] } | { readonly problem: string } {
  const faults: Fault[] = [];
  for (const [index, rule] of (Array.isArray(value) ? value : [value]).entries()) {
    const problem = problemOf(rule);
    if (problem !== null) return { problem: `rule ${index + 1}: ${problem}` };
    const { path, ...rest } = rule;
    faults.push(path === undefined ? rest : { ...rest, path: trimSlash(path) });
  }
  return { faults };
}

function trimSlash(path: unknown): OperationPath {
  return String(path).replace(/^\//, '') as OperationPath;
}

function problemOf(rule: unknown): string | null {
  const names = Object.keys(FIELDS).join(', ');
  if (!isObject(rule)) return `expected an object with some of ${names}; found ${JSON.stringify(rule)}`;
  for (const [name, value] of Object.entries(rule)) {
    const check = Object.hasOwn(FIELDS, name) ? FIELDS[name as keyof Fault] : null;
    if (check === null) return `unknown key "${name}"; accepted are ${names}`;
    const checked = name === 'path' && typeof value === 'string' ? trimSlash(value) : value;
    if (!check.ok(checked)) return `"${name}" is ${JSON.stringify(value)}; accepted is ${check.accepted}`;
  }
  if (rule.status === undefined && rule.drop === undefined && rule.latencyMs === undefined) {
    return 'does nothing; give "status", "drop" or "latencyMs"';
  }
  if (rule.status !== undefined && rule.drop !== undefined)
    return 'has both "status" and "drop"; a dropped connection has no status';
  if (rule.retryAfter !== undefined && rule.status === undefined) return '"retryAfter" needs "status"';
  if (rule.drop === 'before' && rule.afterQueueing === true)
    return '"drop": "before" contradicts "afterQueueing": true';
  if (rule.drop === 'after' && rule.afterQueueing === false)
    return '"drop": "after" contradicts "afterQueueing": false';
  return null;
}

export class Faults {
  #rules: { readonly fault: Fault; left: number }[] = [];

  set(faults: readonly Fault[]): void {
    this.#rules = faults.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY }));
  }

  /** Those still in force, with the calls left to them in `times`. */
  list(): readonly Fault[] {
    return this.#rules.map(({ fault, left }) => (fault.times === undefined ? fault : { ...fault, times: left }));
  }

  /** The first rule that concerns the call, used up by one; null where none does. */
  take(path: OperationPath, subtype: string | null): Fault | null {
    const rule = this.#rules.find(
      ({ fault }) =>
        (fault.path === undefined || fault.path === path) &&
        (fault.subtype === undefined || fault.subtype.toLowerCase() === subtype?.toLowerCase()),
    );
    if (rule === undefined) return null;
    rule.left -= 1;
    if (rule.left === 0) this.#rules = this.#rules.filter((other) => other !== rule);
    return rule.fault;
  }
}

/** Whether the events of a call are queued before the fault strikes. */
export function strikesAfter(fault: Fault): boolean {
  return fault.drop === 'after' || fault.afterQueueing === true;
}

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
  /** refuses the whole call, with 400 unless `status` says otherwise, where one of its events contains this text */
  readonly poison?: string;
  /** what is accepted takes effect this much later than otherwise, so that reads are stale; concerns all calls */
  readonly staleMs?: number;
  /** strikes every nth of the calls it concerns only */
  readonly every?: number;
  /** how often it strikes; always where absent */
  readonly times?: number;
}

/** A day. */
const LONGEST_LAG_MS = 86_400_000;

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
  poison: { ok: (value) => typeof value === 'string' && value !== '', accepted: 'a text, such as an e-mail address' },
  staleMs: {
    ok: (value) => isCount(1)(value) && (value as number) <= LONGEST_LAG_MS,
    accepted: `a whole number of milliseconds from 1 to ${LONGEST_LAG_MS}`,
  },
  every: { ok: isCount(1), accepted: 'a whole number from 1' },
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

/** What may stand beside the two that are no answer of their own. */
const COMPANY: { readonly [name in 'poison' | 'staleMs']: readonly string[] } = {
  poison: ['poison', 'path', 'subtype', 'status', 'every', 'times'],
  staleMs: ['staleMs'],
};

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
  const acts = ['status', 'drop', 'latencyMs', 'poison', 'staleMs'];
  if (!acts.some((name) => rule[name] !== undefined)) {
    return 'does nothing; give "status", "drop", "latencyMs", "poison" or "staleMs"';
  }
  const lonely = rule.staleMs !== undefined ? 'staleMs' : rule.poison !== undefined ? 'poison' : null;
  const company = lonely === null ? Object.keys(FIELDS) : COMPANY[lonely];
  const beside = Object.keys(rule).find((name) => !company.includes(name));
  if (beside !== undefined) return `"${beside}" does not go with "${lonely}", which takes ${company.join(', ')}`;
  if (rule.status !== undefined && rule.drop !== undefined)
    return 'has both "status" and "drop"; a dropped connection has no status';
  if (rule.retryAfter !== undefined && rule.status === undefined) return '"retryAfter" needs "status"';
  if (rule.drop === 'before' && rule.afterQueueing === true)
    return '"drop": "before" contradicts "afterQueueing": true';
  if (rule.drop === 'after' && rule.afterQueueing === false)
    return '"drop": "after" contradicts "afterQueueing": false';
  return null;
}

interface Rule {
  readonly fault: Fault;
  /** strikes left */
  left: number;
  /** calls it has concerned */
  seen: number;
}

export class Faults {
  #rules: readonly Rule[] = [];

  set(faults: readonly Fault[]): void {
    this.#rules = faults.map((fault) => ({ fault, left: fault.times ?? Number.POSITIVE_INFINITY, seen: 0 }));
  }

  /** Those still in force, with the strikes left to them in `times`. */
  list(): readonly Fault[] {
    return this.#rules.map(({ fault, left }) => (fault.times === undefined ? fault : { ...fault, times: left }));
  }

  /** The first rule that strikes the call, used up by one; null where none does. */
  take(path: OperationPath, subtype: string | null): Fault | null {
    return this.#strike(
      (fault) => fault.poison === undefined && fault.staleMs === undefined && concerns(fault, path, subtype),
    );
  }

  /** The rule that refuses a call with these events; null where none does. `body`: as it came. */
  poisonIn(path: OperationPath, subtype: string | null, body: Buffer): Fault | null {
    return this.#strike(
      ({ poison, ...fault }) => poison !== undefined && concerns(fault, path, subtype) && body.includes(poison),
    );
  }

  /** ms by which Mapp lags */
  get staleMs(): number {
    return this.#rules.find(({ fault }) => fault.staleMs !== undefined)?.fault.staleMs ?? 0;
  }

  #strike(meant: (fault: Fault) => boolean): Fault | null {
    for (const rule of this.#rules) {
      if (!meant(rule.fault)) continue;
      rule.seen += 1;
      if (rule.seen % (rule.fault.every ?? 1) !== 0) continue;
      rule.left -= 1;
      if (rule.left === 0) this.#rules = this.#rules.filter((other) => other !== rule);
      return rule.fault;
    }
    return null;
  }
}

function concerns(fault: Fault, path: OperationPath, subtype: string | null): boolean {
  return (
    (fault.path === undefined || fault.path === path) &&
    (fault.subtype === undefined || fault.subtype.toLowerCase() === subtype?.toLowerCase())
  );
}

/** Whether the events of a call are queued before the fault strikes. */
export function strikesAfter(fault: Fault): boolean {
  return fault.drop === 'after' || fault.afterQueueing === true;
}

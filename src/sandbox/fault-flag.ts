/** Faults as operators write them: `--fault 503=5:every=3:subtype=email` (a blank does for the `=`). What they come to is checked by `readFaults`. */
import { type Fault, readFaults } from './faults.ts';

interface Kind {
  /** how it is written, for the help */
  readonly form: string;
  readonly does: string;
  /** null: the value is wrong */
  readonly rule: (value: string | null) => Fault | null;
}

const count = (value: string | null) => (value !== null && /^\d{1,9}$/.test(value) ? Number(value) : null);
const bare = (rule: Fault) => (value: string | null) => (value === null ? rule : null);
const turnedAway = (status: number) => (value: string | null) => {
  if (value === null) return { status };
  const retryAfter = count(value);
  return retryAfter === null ? null : { status, retryAfter };
};

const KINDS: { readonly [name: string]: Kind } = {
  latency: {
    form: 'latency=MS',
    does: 'answers take so long',
    rule: (value) => {
      const latencyMs = count(value);
      return latencyMs === null ? null : { latencyMs };
    },
  },
  '429': { form: '429[=SECONDS]', does: 'too many calls, with Retry-After where it is given', rule: turnedAway(429) },
  '503': {
    form: '503[=SECONDS]',
    does: 'turned away before queueing, with Retry-After where given',
    rule: turnedAway(503),
  },
  error: {
    form: 'error=STATUS',
    does: 'any status from 400 to 599, before queueing',
    rule: (value) => {
      const status = count(value);
      return status === null ? null : { status };
    },
  },
  'error-after': {
    form: 'error-after=STATUS',
    does: 'the same, but the events were queued all the same',
    rule: (value) => {
      const status = count(value);
      return status === null ? null : { status, afterQueueing: true };
    },
  },
  drop: {
    form: 'drop',
    does: 'the connection ends without an answer, before queueing',
    rule: bare({ drop: 'before' }),
  },
  'drop-after': { form: 'drop-after', does: 'the same, but the events were queued', rule: bare({ drop: 'after' }) },
  stale: {
    form: 'stale=MS',
    does: 'what is accepted takes effect so much later: reads are stale',
    rule: (value) => {
      const staleMs = count(value);
      return staleMs === null ? null : { staleMs };
    },
  },
  poison: {
    form: 'poison=TEXT',
    does: 'a call with an event that contains the text is refused whole, with 400',
    rule: (value) => (value === null || value === '' ? null : { poison: value }),
  },
};

const OPTIONS: {
  readonly [name: string]: { readonly does: string; readonly key: 'every' | 'times' | 'path' | 'subtype' };
} = {
  every: { does: 'every nth call only', key: 'every' },
  times: { does: 'so often, then no more', key: 'times' },
  on: { does: 'calls of one path, such as event/batch', key: 'path' },
  subtype: { does: 'events of one subtype', key: 'subtype' },
};

/** Lines for `--help`. */
export const FAULT_HELP = [
  'Faults (--fault, repeatable; the first that fits a call strikes):',
  ...Object.values(KINDS).map(({ form, does }) => `  ${form.padEnd(22)} ${does}`),
  'with any of these behind it, after a colon:',
  ...Object.entries(OPTIONS).map(([name, { does }]) => `  ${`:${name}=VALUE`.padEnd(22)} ${does}`),
  'such as --fault 429=5:every=10 --fault drop-after:times=1:subtype=email',
].join('\n');

/** The fault that a flag names, or what is wrong with it. */
export function readFaultFlag(text: string): { readonly fault: Fault } | { readonly problem: string } {
  const [head = '', ...options] = text.split(new RegExp(`:(?=(?:${Object.keys(OPTIONS).join('|')})(?:[\\s=]|$))`));
  const [, name = '', value = null] = /^([^=]*)(?:=(.*))?$/s.exec(head) ?? [];
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name]! : null;
  const forms = Object.values(KINDS).map(({ form }) => form);
  if (kind === null) return { problem: `there is no fault "${name}"; accepted are ${forms.join(', ')}` };
  const rule = kind.rule(value);
  if (rule === null) return { problem: `"${head}" has a value that does not fit; accepted is ${kind.form}` };
  const more: { [key: string]: string | number } = {};
  for (const option of options) {
    const [, named = '', given = ''] = /^([a-z]+)[\s=]*(.*)$/s.exec(option.trim()) ?? [];
    const { key } = OPTIONS[named]!;
    if (given === '') return { problem: `":${named}" needs a value: ${OPTIONS[named]!.does}` };
    more[key] = key === 'every' || key === 'times' ? (count(given) ?? given) : given;
  }
  const read = readFaults({ ...rule, ...more });
  return 'problem' in read ? { problem: read.problem.replace(/^rule 1: /, '') } : { fault: read.faults[0]! };
}

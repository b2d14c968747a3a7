/** The timeline of a test case as text (LANGUAGE.md §7): one line for each thing that happens to the person. */
import type { Json } from '../plan/json.ts';
import { isoWithOffset } from '../plan/local-time.ts';
import type { TrailLine } from '../plan/notice.ts';
import type { Plan } from '../plan/plan.ts';
import { subjectOf } from './subject.ts';

/** What happens inside the flow only: shown with `verbose`. */
const INNER = new Set(['check', 'switch', 'wait', 'assign', 'split', 'repeat', 'send_time']);
/** Outcomes that go without saying: what happens when all is well. */
const PLAIN = new Set(['sent', 'done', 'waited', 'event']);
/** Nothing was sent or written: there is nothing to say of what would have been. */
const WITHOUT_EFFECT = new Set(['skipped', 'failed', 'parked', 'unknown']);
const KIND_WIDTH = 10;

/** One run and what happened in it. */
export interface RunLines {
  readonly plan: Plan;
  readonly lines: readonly TrailLine[];
}

export interface TimelineOptions {
  /** IANA zone of the clock times */
  readonly timezone: string;
  /** steps that only decide, too, with the values they saw */
  readonly verbose: boolean;
}

/** The lines of all runs, in order of time; of one moment, in order of entry. */
export function timelineText(runs: readonly RunLines[], { timezone, verbose }: TimelineOptions): string[] {
  const lines = runs.flatMap((run) => run.lines.map((line) => ({ line, run, at: Date.parse(line.at) })));
  const shown = lines
    .sort((a, b) => a.at - b.at)
    .filter(({ line }) => verbose || !INNER.has(line.kind) || line.outcome === 'failed' || line.outcome === 'parked');
  const width = Math.max(KIND_WIDTH, ...shown.map(({ line }) => line.kind.length));
  return shown.map(({ line, run, at }) => {
    const clock = isoWithOffset(at, timezone).slice(0, 16).replace('T', ' ');
    return [clock, line.kind.padEnd(width), ...parts(line, run.plan, verbose)].join('  ').trimEnd();
  });
}

function parts(line: TrailLine, plan: Plan, verbose: boolean): string[] {
  const { outcome, what, saw } = line;
  const { reason, ...data } = line.data ?? {};
  const step = line.step === null ? undefined : plan.steps[line.step];
  const idle = outcome !== undefined && WITHOUT_EFFECT.has(outcome);
  // A step that was skipped may not have got as far as saying what it is about.
  const subject = what ?? (idle && step !== undefined ? subjectOf(step) : undefined);
  const said = outcome === undefined || PLAIN.has(outcome) ? [] : [outcome];
  const because = outcome === 'skipped' && reason !== undefined ? [`${said.pop()} ${oneLine(reason)}`] : said;
  return [
    ...(subject === undefined ? [] : [subject]),
    ...because,
    ...(idle ? [] : line.kind === 'webhook' ? Object.values(data).map(oneLine) : pairs(data)),
    ...(verbose
      ? [...pairs(saw ?? {}), ...(idle && outcome !== 'skipped' && reason !== undefined ? [oneLine(reason)] : [])]
      : []),
  ];
}

function pairs(values: { readonly [name: string]: Json }): string[] {
  return Object.entries(values).map(([name, value]) => `${name}=${oneLine(value)}`);
}

function oneLine(value: Json): string {
  return typeof value === 'string' && !/[\n\r]/.test(value) ? value : JSON.stringify(value);
}

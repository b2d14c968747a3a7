/** What a picture says of a step, and where it leads. */
import { formatDuration } from '../plan/duration.ts';
import type { Expr } from '../plan/expression.ts';
import { pad } from '../plan/iso-time.ts';
import type { PlanStep, WaitSpec } from '../plan/plan.ts';
import { expressionText } from './expression-text.ts';

export interface Way {
  /** step id; null = the end of the flow */
  readonly to: string | null;
  readonly label?: string;
}

/** Lines under the kind. */
export function wordsOf(step: PlanStep): string[] {
  switch (step.kind) {
    case 'wait':
      return [waitWords(step.spec)];
    case 'wait_for':
      return [step.arms.map(({ on }) => eventWords(on.event, on.where)).join(' or ')];
    case 'check':
      return [expressionText(step.condition)];
    case 'switch':
      return [expressionText(step.value)];
    case 'assign':
      return assignments(step.vars);
    case 'exit':
      return [valueText(step.reason)];
    case 'send_email':
    case 'send_sms':
    case 'send_push':
      return [step.message.name, ...assignments(step.set)];
    case 'send_to_group':
      return [step.message.name, `to ${step.group.name}`];
    case 'set':
      return assignments(step.attributes);
    case 'unset':
      return [step.attributes.join(', ')];
    case 'increment':
      return Object.entries(step.amounts).map(([name, by]) => `${name} + ${valueText(by)}`);
    case 'decrement':
      return Object.entries(step.amounts).map(([name, by]) => `${name} - ${valueText(by)}`);
    case 'add_to_group':
    case 'remove_from_group':
      return ['names' in step.groups ? valueText(step.groups.names) : step.groups.map(({ name }) => name).join(', ')];
    case 'delete_contact':
      return [];
    case 'save':
    case 'remove':
      return [step.record];
    case 'start_automation':
    case 'emit':
      return [step.event];
    case 'webhook':
      return [`${step.method} ${valueText(step.url)}`];
    case 'split':
      return [step.split];
    case 'repeat':
      return [`${step.times} times`, ...(step.until === null ? [] : [`until ${expressionText(step.until)}`])];
    case 'hold':
      return [valueText(step.text)];
    case 'start_flow':
      return [step.flow];
    case 'send_time':
      return [`within ${formatDuration(step.within)}`];
  }
}

export function waysOf(step: PlanStep): Way[] {
  switch (step.kind) {
    case 'wait': {
      const { ahead, passed, next } = step;
      if (ahead === undefined && passed === undefined) return [{ to: next }];
      return [
        { to: ahead === undefined ? next : ahead, label: 'still ahead' },
        { to: passed === undefined ? next : passed, label: 'had passed' },
      ];
    }
    case 'wait_for':
      return [
        ...step.arms.map(({ on, then }) => ({ to: then, label: on.event })),
        ...(step.timeout === null ? [] : [{ to: step.timed_out, label: `not ${within(step.timeout)}` }]),
      ];
    case 'check':
      return [
        { to: step.yes, label: 'yes' },
        { to: step.no, label: 'no' },
      ];
    case 'switch':
      return [
        ...step.cases.map(({ values, to }) => ({ to, label: values.join(', ') })),
        { to: step.default, label: 'otherwise' },
      ];
    case 'split':
      return step.arms.map(({ name, percent, to }) => ({ to, label: `${name} ${percent} %` }));
    case 'repeat':
      return [
        { to: step.body, label: 'round' },
        { to: step.next, label: 'done' },
      ];
    case 'hold':
      return [
        { to: step.approved, label: 'approved' },
        { to: step.rejected, label: step.timeout === null ? 'rejected' : `rejected, or not ${within(step.timeout)}` },
      ];
    case 'exit':
      return [];
    default:
      return [{ to: step.next }];
  }
}

export function eventWords(event: string, where: Expr): string {
  return where === null ? event : `${event} where ${expressionText(where)}`;
}

/** `within 1 week`, `by 09:00` */
function within(spec: WaitSpec): string {
  return spec.for === undefined ? `by ${waitWords(spec)}` : `within ${waitWords(spec)}`;
}

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

function waitWords({ for: period, until, offset, weekdays, at, timezone }: WaitSpec): string {
  const empty = period !== undefined && !('text' in period) && formatDuration(period) === '0 seconds';
  const parts = [
    ...(period === undefined || (empty && (weekdays ?? at) !== undefined) ? [] : [periodWords(period)]),
    ...(until === undefined ? [] : [`until ${expressionText(until)}`]),
    ...(offset === undefined ? [] : [`${formatDuration(offset).startsWith('-') ? '' : '+'}${formatDuration(offset)}`]),
    ...(weekdays === undefined ? [] : [`on ${weekdays.map((day) => DAYS[day - 1]).join(', ')}`]),
    ...(at === undefined ? [] : [`at ${pad(Math.floor(at / 60), 2)}:${pad(at % 60, 2)}`]),
    ...(timezone === undefined ? [] : [timezone]),
  ];
  return parts.join(' ');
}

function periodWords(period: NonNullable<WaitSpec['for']>): string {
  return 'text' in period ? valueText(period.text) : formatDuration(period);
}

function assignments(values: { readonly [name: string]: Expr }): string[] {
  return Object.entries(values).map(([name, value]) => `${name} = ${valueText(value)}`);
}

/** A fixed text stands for itself. */
function valueText(expr: Expr): string {
  return typeof expr === 'string' ? expr : expressionText(expr);
}

/** Summaries for people: one line each, at most 400 bytes (Temporal's limit), never an address or a value. */
import type { AnyEffect, Handover, Operation } from '../plan/effect.ts';
import type { Reads } from '../plan/expression.ts';
import { isoWithOffset } from '../plan/local-time.ts';
import type { Named, PlanStep } from '../plan/plan.ts';

const LIMIT = 120;

export function describeOperation({ operation, step }: AnyEffect): string {
  return cut(`${words(operation)} (${step})`);
}

function words(operation: Operation | Handover): string {
  switch (operation.type) {
    case 'send':
      return `send ${operation.channel} ${operation.message.name}`;
    case 'handover':
      return operation.flow === null ? `emit ${operation.event}` : `start flow ${operation.flow}`;
    case 'profile':
      return `write ${Object.keys(operation.set).join(', ')}${memberOf(operation)}`;
    case 'count':
      return `count ${Object.keys(operation.add).join(', ')}${memberOf(operation)}`;
    case 'group':
      return `${operation.action === 'add' ? 'add to' : 'remove from'} group ${operation.group.name}`;
    case 'group_send':
      return `send email ${operation.message.name} to group ${operation.group.name}`;
    case 'delete_contact':
      return 'delete the contact';
    case 'record':
      return `${operation.action} ${operation.record}`;
    case 'automation':
      return `start automation ${operation.event}`;
    case 'webhook':
      return `webhook ${operation.method}`;
  }
}

function memberOf({ group }: { readonly group?: Named }): string {
  return group === undefined ? '' : ` of group ${group.name}`;
}

/** `waits for attempt 2 (notify)` */
export function describePause(step: PlanStep, attempt: number): string {
  return cut(`waits for attempt ${attempt} (${step.name ?? step.id})`);
}

/** `waits for order_placed, until 2026-04-06T10:00:00+02:00` */
export function describeWait(step: PlanStep, until: number | null, zone: string): string {
  const what =
    step.kind === 'wait_for' ? `waits for ${[...new Set(step.arms.map((arm) => arm.on.event))].join(', ')}` : 'waits';
  const when = until === null ? '' : `${step.kind === 'wait_for' ? ',' : ''} until ${isoWithOffset(until, zone)}`;
  if (step.kind === 'hold') return cut(`held for an operator${when} (${step.name ?? step.id})`);
  return cut(`${what}${when} (${step.name ?? step.id})`);
}

/** `quiet hours: not before 2026-04-06T08:00:00+02:00 (welcome)` */
export function describeHold(step: PlanStep, why: 'quiet' | 'late', until: number, zone: string): string {
  const reason = why === 'quiet' ? 'quiet hours' : 'late';
  return cut(`${reason}: not before ${isoWithOffset(until, zone)} (${step.name ?? step.id})`);
}

/** `read Purchases, customers, count of order_placed` */
export function describeReads({
  contact,
  groups,
  flows = [],
  sends = [],
  counts = [],
  identity,
  reactions,
}: Reads): string {
  const more = [
    ...flows.map((flow) => `inside ${flow}`),
    ...sends.map((step) => `opens and clicks of ${step}`),
    ...counts.map(([, event]) => `count of ${event}`),
    ...(identity ? ['first identifier'] : []),
    ...(reactions ? ['opens and clicks'] : []),
  ];
  return `read ${[...contact, ...groups, ...more].join(', ')}`;
}

function cut(text: string): string {
  return text.length <= LIMIT ? text : `${text.slice(0, LIMIT - 1)}…`;
}

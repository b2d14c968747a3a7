/** Which goals of a run an event reaches: pure, the same in the router and in tests of flows. */
import { countsAsked } from '../plan/counts.ts';
import { evaluate, type Scope, truthy } from '../plan/evaluate.ts';
import type { CanonicalEvent, FlowEvent } from '../plan/event.ts';
import { addDuration } from '../plan/local-time.ts';
import type { Goal, Plan } from '../plan/plan.ts';
import { mergeReads, readsOf } from '../plan/reads.ts';
import { sameFields } from '../plan/same-fields.ts';
import { type EntryContact, type EntryReads, flowZone, isUnheard } from './entry-rules.ts';

/** A run, inside or over, as its goals see it. */
export interface GoalRun {
  readonly plan: Plan;
  /** workflow id */
  readonly id: string;
  /** the event it started by */
  readonly start: FlowEvent;
  /** ms */
  readonly entered: number;
  readonly inside: boolean;
}

/** Names of the goals that may count at a moment (ms), whatever their conditions, in the plan's order. */
function reachable({ plan, start, entered, inside }: GoalRun, event: CanonicalEvent, zone: string): Goal[] {
  const now = Date.parse(event.received);
  return (plan.goals ?? []).filter(
    ({ event: name, match, within }) =>
      name === event.name &&
      (within === undefined ? inside : now <= addDuration(entered, within, zone)) &&
      sameFields(match, start, event),
  );
}

/** What the conditions ask beyond the contact; null, as nearly always: nothing. */
export function goalReads(run: GoalRun, event: CanonicalEvent, who: EntryContact, now: number): EntryReads | null {
  const goals = reachable(run, event, flowZone(run.plan, who.timezone));
  const { flows = [], counts = [] } = mergeReads(goals.map(({ where }) => readsOf(where)));
  if (flows.length + counts.length === 0) return null;
  return { flows, counts: countsAsked(counts, scopeOf(run, event, who, now)) };
}

/**
 * Names of the goals that the event reaches, each once; whether one was counted before is the caller's to know. The event
 * that started the run reaches none.
 */
export function judgeGoals(run: GoalRun, event: CanonicalEvent, who: EntryContact, now: number): string[] {
  if (event.development === true || event.replay === true || isUnheard(event, run.plan.flow)) return [];
  const goals = reachable(run, event, flowZone(run.plan, who.timezone));
  if (goals.length === 0) return [];
  const scope = scopeOf(run, event, who, now);
  const reached = goals.filter(({ where }) => where === null || truthy(evaluate(where, scope)));
  return [...new Set(reached.map(({ name }) => name))];
}

/** Until when a run's goal of this name may count, ms; null: while the person is inside. Of several, the longest. */
export function goalUntil(goals: readonly Goal[], name: string, entered: number, zone: string): number | null {
  const ends = goals.flatMap((goal) =>
    goal.name === name && goal.within !== undefined ? [addDuration(entered, goal.within, zone)] : [],
  );
  return ends.length === 0 ? null : Math.max(...ends);
}

/** Names of the events by which people may leave the flow. */
export function exitEvents({ exit_on, goals = [] }: Plan): string[] {
  return [...exit_on, ...goals.filter(({ exit }) => exit)].map(({ event }) => event);
}

function scopeOf(
  { plan, id, start, entered }: GoalRun,
  event: CanonicalEvent,
  { contact, groups, timezone, flows = {}, counts = {} }: EntryContact,
  now: number,
): Scope {
  const { name, time, source } = start;
  return {
    event: start.data,
    incoming: event.data,
    trigger: { name, id: start.id, time, source },
    contact,
    groups,
    flows,
    counts,
    vars: {},
    steps: {},
    run: { id, flow: plan.flow, version: plan.hash, entered_at: new Date(entered).toISOString() },
    now: new Date(now).toISOString(),
    timezone: flowZone(plan, timezone),
  };
}

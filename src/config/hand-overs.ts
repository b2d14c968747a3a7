/** What flows of one project hand over to each other: what only can be told when all are known. */
import type { Plan, PlanStep } from '../plan/plan.ts';
import { WAITING_KINDS } from '../plan/waiting-kinds.ts';

/** The flows to which the plan hands over in vain: their `on` has no `from_flow` that takes this one. */
export function refusedBy({ flow, steps }: Plan, plans: readonly Plan[]): string[] {
  const targets = Object.values(steps).flatMap((step) => (step.kind === 'start_flow' ? [step.flow] : []));
  return plans
    .filter((plan) => targets.includes(plan.flow))
    .filter(({ on }) => !on.some(({ event, from = flow }) => event === 'from_flow' && from === flow))
    .map((plan) => plan.flow);
}

/**
 * Steps of the plan by whose hand-over the same person comes back to this flow with nothing that waits on the way, each with
 * the names of the flows on the shortest such way, this flow first and last. A flow that takes a person only once, or again after a period,
 * ends the round.
 */
export function endlessRounds(plan: Plan, plans: readonly Plan[]): { readonly [step: string]: readonly string[] } {
  if (!takesAgain(plan)) return {};
  const found = handOvers(plan).flatMap((step): [string, readonly string[]][] => {
    const way = shortestWay(step, plan, plans);
    return way === null ? [] : [[step.id, way]];
  });
  return Object.fromEntries(found);
}

type HandOver = Extract<PlanStep, { kind: 'emit' | 'start_flow' }>;

function shortestWay(step: HandOver, plan: Plan, plans: readonly Plan[]): readonly string[] | null {
  const seen = new Set<string>();
  const ways = startedBy(step, plan, plans).map((target) => ({ target, way: [plan.flow, target.flow] }));
  for (const { target, way } of ways) {
    if (target.flow === plan.flow) return way;
    if (seen.has(target.flow)) continue;
    seen.add(target.flow);
    const next = handOvers(target).flatMap((one) => startedBy(one, target, plans));
    ways.push(...next.map((one) => ({ target: one, way: [...way, one.flow] })));
  }
  return null;
}

/** What one flow emits for its own contact it does not hear itself. */
function startedBy(step: HandOver, from: Plan, plans: readonly Plan[]): Plan[] {
  return plans
    .filter(takesAgain)
    .filter(({ flow, on }) =>
      step.kind === 'start_flow'
        ? flow === step.flow &&
          on.some((entry) => entry.event === 'from_flow' && (entry.from ?? from.flow) === from.flow)
        : on.some(({ event }) => event === step.event) && (flow !== from.flow || step.contact !== null),
    );
}

function takesAgain({ status, reentry }: Plan): boolean {
  return status === 'active' && reentry.mode !== 'once' && reentry.mode !== 'cooldown';
}

/** Those that a person reaches without having waited. */
function handOvers({ first, steps }: Plan): HandOver[] {
  const reached = new Set<string>();
  const ahead = [first];
  for (const id of ahead) {
    const step = id === null ? undefined : steps[id];
    if (step === undefined || reached.has(step.id) || takesTime(step)) continue;
    reached.add(step.id);
    ahead.push(...behind(step));
  }
  return [...reached].flatMap((id) => {
    const step = steps[id]!;
    return step.kind === 'emit' || step.kind === 'start_flow' ? [step] : [];
  });
}

function takesTime({ kind }: PlanStep): boolean {
  return WAITING_KINDS.includes(kind);
}

/** A step with a condition of its own may be passed over. */
function behind(step: PlanStep): (string | null)[] {
  return step.if === undefined ? taken(step) : [...taken(step), step.next];
}

function taken(step: PlanStep): (string | null)[] {
  switch (step.kind) {
    case 'check':
      return [step.yes, step.no];
    case 'switch':
      return [...step.cases.map(({ to }) => to), step.default];
    case 'split':
      return step.arms.map(({ to }) => to);
    case 'repeat':
      return [step.body, step.next];
    case 'exit':
      return [];
    default:
      return [step.next];
  }
}

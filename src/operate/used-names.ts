import type { Named, Plan, PlanStep } from '../plan/plan.ts';
import type { Channel } from '../plan/project.ts';

/** A thing of the Mapp account that flows refer to by id. */
export interface UsedName extends Named {
  readonly kind: 'group' | 'app' | `${Channel} message`;
  /** messages that go through Mapp Engage */
  readonly via?: 'engage';
  /** flows that use it, sorted */
  readonly flows: readonly string[];
}

/** Every message, group and app that the plans refer to, each once, by kind and name. */
export function usedNames(plans: readonly Plan[]): UsedName[] {
  const found = new Map<string, { used: Omit<UsedName, 'flows'>; flows: Set<string> }>();
  for (const plan of plans) {
    for (const used of [...Object.values(plan.steps).flatMap(namesOf), ...groupsOf(plan)]) {
      const key = `${used.kind} ${used.id}`;
      const known = found.get(key) ?? { used, flows: new Set() };
      // A group that is only known by its id (`in_group`) takes the name that another flow gives it.
      if (known.used.name === known.used.id) known.used = used;
      known.flows.add(plan.flow);
      found.set(key, known);
    }
  }
  return [...found.values()]
    .map(({ used, flows }) => ({ ...used, flows: [...flows].sort() }))
    .sort((a, b) => `${a.kind} ${a.name}`.localeCompare(`${b.kind} ${b.name}`));
}

type Used = Omit<UsedName, 'flows'>;

function namesOf(step: PlanStep): Used[] {
  switch (step.kind) {
    case 'send_email':
      return [{ kind: 'email message', ...step.message, ...(step.via && { via: step.via }) }];
    case 'send_sms':
      return [{ kind: 'sms message', ...step.message, ...(step.via && { via: step.via }) }];
    case 'send_to_group':
      return [
        { kind: 'email message', ...step.message },
        { kind: 'group', ...step.group },
      ];
    case 'send_push':
      // Mapp has no list of web push messages.
      if (step.web) return [];
      return [
        { kind: 'push message', ...step.message },
        { kind: 'app', ...step.app },
      ];
    case 'add_to_group':
    case 'remove_from_group':
      return 'names' in step.groups ? [] : step.groups.map((group) => ({ kind: 'group', ...group }));
    case 'set':
    case 'unset':
    case 'increment':
    case 'decrement':
      return step.group === undefined ? [] : [{ kind: 'group', ...step.group }];
    default:
      return [];
  }
}

function groupsOf(plan: Plan): Used[] {
  const chosen = Object.entries(plan.groups).map(([name, id]): Used => ({ kind: 'group', name, id }));
  const reads = [...Object.values(plan.steps), ...plan.on, ...plan.exit_on].flatMap((one) => one.reads?.groups ?? []);
  return [...chosen, ...reads.map((id): Used => ({ kind: 'group', name: id, id }))];
}

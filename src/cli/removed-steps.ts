import { removedSteps } from '../compiler/removed-steps.ts';
import type { LoadedProject } from '../config/project.ts';
import { type Diagnostic, inOrder } from '../diagnostics/diagnostic.ts';
import { peopleAt } from '../operate/people-at.ts';
import type { Store } from '../store/store.ts';

/** What publishing the project's flows would mean for the people who are inside now (`removed-step`). */
export async function findRemovedSteps(
  store: Store,
  { plans, flows, sources }: LoadedProject,
): Promise<readonly Diagnostic[]> {
  const moving = plans.filter(({ on_change }) => on_change === 'migrate');
  if (moving.length === 0) return [];
  const inside = await peopleAt(
    store,
    moving.map(({ flow }) => flow),
  );
  const files = new Map(flows.map(({ flow, file }) => [flow, file]));
  return inOrder(moving.flatMap((plan) => removedSteps(sources.get(files.get(plan.flow)!)!, plan, inside)));
}

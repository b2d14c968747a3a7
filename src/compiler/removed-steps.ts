/** What an edit would mean for people inside: looked at before it is published, against where they are. */
import { removedStep } from '../diagnostics/codes-flow.ts';
import { type Diagnostic, Reporter } from '../diagnostics/diagnostic.ts';
import type { PeopleAt } from '../plan/people-at.ts';
import type { Plan } from '../plan/plan.ts';
import { readDocument } from '../source/document.ts';
import { entry } from '../source/node.ts';
import type { SourceText } from '../source/text.ts';

/**
 * With `on_change: migrate` people move where their step still exists, of the same kind. Of those whose step does not, this
 * says so: they stay on the version they are in. With `pin` everybody does, and nothing is said.
 */
export function removedSteps(source: SourceText, plan: Plan, inside: readonly PeopleAt[]): Diagnostic[] {
  if (plan.on_change !== 'migrate') return [];
  const { root } = readDocument(source);
  if (root?.type !== 'map') return [];
  const reporter = new Reporter(source);
  const span = entry(root, 'on_change')?.value.span ?? root.span;
  const ids = Object.keys(plan.steps);
  const behind = new Map<string, PeopleAt>();
  for (const one of inside) {
    if (one.flow !== plan.flow || one.hash === plan.hash || plan.steps[one.step]?.kind === one.kind) continue;
    const { people = 0 } = behind.get(one.step) ?? {};
    behind.set(one.step, { ...one, people: people + one.people });
  }
  for (const { step, kind, people } of behind.values()) {
    reporter.report(span, removedStep({ step, kind, people, now: plan.steps[step]?.kind, ids }));
  }
  return reporter.diagnostics();
}

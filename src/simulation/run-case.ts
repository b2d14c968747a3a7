import { isoWithOffset } from '../plan/local-time.ts';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import type { CaseInput } from '../plan/test-case.ts';
import { type DiffLine, diffLines } from './compare.ts';
import { simulate } from './simulate.ts';
import { timelineText } from './timeline.ts';

export interface CaseResult {
  readonly passed: boolean;
  /** the timeline as `expect` would have it */
  readonly actual: readonly string[];
  /** the same with the steps that only decide and what they saw */
  verbose(): string[];
  /** what differs; null: nothing, or there is no `expect` */
  readonly diff: readonly DiffLine[] | null;
  /** why it failed, where it is not the timeline: operator actions that met nobody */
  readonly problems: readonly string[];
  /** what may help to see why: events that started nothing, values that could not be used */
  readonly notes: readonly string[];
  /** ids of the steps that somebody came to */
  readonly reached: ReadonlySet<string>;
}

/** Plays one case. A case without `expect` fails. */
export async function runCase(
  plan: Plan,
  project: Project,
  { input, expect }: { readonly input: CaseInput; readonly expect: string | null },
): Promise<CaseResult> {
  const { runs, notes, missed, timezone } = await simulate({ ...input, plan, project });
  const actual = timelineText(runs, { timezone, verbose: false });
  // Of a thousand cases nothing is kept but what may be shown: the runs themselves hold states, hosts and what they read.
  const shown = runs.map(({ plan: played, lines }) => ({ plan: played, lines }));
  const diff = expect === null ? null : diffLines(expect, actual);
  const said = ({ at, what, detail }: (typeof notes)[number]) =>
    `${isoWithOffset(at, timezone).slice(0, 16).replace('T', ' ')}  ${what}: ${detail}`;
  return {
    passed: expect !== null && diff === null && missed.length === 0,
    actual,
    verbose: () => timelineText(shown, { timezone, verbose: true }),
    diff,
    problems: [
      ...(expect === null ? ['it has no "expect": write it, or let --update write it'] : []),
      ...missed.map(said),
    ],
    notes: notes.map(said),
    reached: new Set(runs.flatMap((run) => run.reached)),
  };
}

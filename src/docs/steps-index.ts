/** `docs/steps/README.md`: all kinds at a glance. */
import { definitions } from '../steps/definitions.ts';
import { COST_WORDS, READ_WORDS, RUN_COST } from './costs.ts';
import { generatedFrom, page, table } from './markdown.ts';

export function stepsIndex(): string {
  return page(
    generatedFrom('the step definitions'),
    '# Steps',
    'A step has exactly one kind key, which holds what it does; its settings stand beside it. Any step may have `id`, `name` and `if`.',
    table(
      ['kind', 'does', 'costs in Temporal'],
      Object.values(definitions).map(({ kind, summary, cost }) => [`[\`${kind}\`](${kind}.md)`, summary, cost]),
    ),
    '## What a run costs',
    `A run that does nothing has ${RUN_COST.events} events and ${RUN_COST.actions} billable action. To these, each step adds:`,
    table(['', ''], Object.entries(COST_WORDS)),
    `${READ_WORDS} An outage of Mapp costs more: what cannot go out within two seconds is tried again as an ordinary activity.`,
  );
}

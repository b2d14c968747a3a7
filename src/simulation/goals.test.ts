import { expect, test } from 'vitest';
import { compileProject } from '../compiler/catalogue.ts';
import { compile } from '../compiler/compile.ts';
import { SourceText } from '../source/text.ts';
import { simulate } from './simulate.ts';
import { timelineText } from './timeline.ts';

const { project } = compileProject(new SourceText('mapp.yaml', 'project: shop\ntimezone: Europe/Berlin\n'));
const START = Date.parse('2026-03-20T10:00:00+01:00');
const DAY = 86_400_000;

test('a goal has its line before the exit of the same event, and also after the run has ended', async () => {
  const flow = `
flow: test
on: signup
exit_on: order_placed
goal:
  - { event: order_placed, name: first }
  - { event: order_placed, name: second, within: 14 days, where: incoming.total > 10 }
steps:
  - wait: 3 days
  - send_email: nudge
`;
  const { plan } = compile(new SourceText('test.yaml', flow), project!);
  const event = (days: number, name: string, total: number) =>
    ({ type: 'event', at: START + days * DAY, event: name, data: { total } }) as const;
  const { runs } = await simulate({
    plan: plan!,
    project: project!,
    start: START,
    contact: { identifiers: { email: 'ada@example.com' }, timezone: null, attributes: {}, groups: [], history: [] },
    happenings: [
      event(0, 'signup', 0),
      event(1, 'order_placed', 5),
      event(2, 'order_placed', 50),
      event(9, 'order_placed', 60),
    ],
    failures: [],
    webhooks: {},
  });
  expect(timelineText(runs, { timezone: 'Europe/Berlin', verbose: false })).toEqual([
    '2026-03-20 10:00  enter       signup',
    '2026-03-21 10:00  goal        first',
    '2026-03-21 10:00  exit        order_placed',
    '2026-03-22 10:00  goal        second',
  ]);
});

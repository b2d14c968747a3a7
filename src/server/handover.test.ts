/** Flows that hand over to each other, over a real Temporal server, a real store and the sandbox. */
import { expect, test } from 'vitest';
import { testEngine } from '../../test/support/engine.ts';
import { project } from '../../test/support/sandbox.ts';
import { decideHold, heldRuns } from '../operate/holds.ts';
import { showRun } from '../operate/timeline.ts';

const FLOWS = [
  `
flow: maker
on: [signup, { attribute_changed: Tier }]
reentry: always
steps:
  - hold: "Go on with \${contact.email}?"
    timeout: 1 day
    then:
      - set: { Tier: gold }
      - emit: order_placed
        with: { total: 20 }
      - start_flow: friend
        with: { by: "\${contact.email}" }
        contact: { email: ben@example.com }
`,
  `
flow: listener
on: { attribute_changed: Tier, where: event.to == "gold" && event.from == null }
steps:
  - wait_for: order_placed
    timeout: 1 day
    then: [{ exit: "\${string(incoming.total)} in \${string(in_flow('maker'))}" }]
`,
  `
flow: friend
on: { from_flow: maker }
steps:
  - split: arms
    arms: { all: { percent: 100 } }
  - exit: "\${event.by} \${string(count('from_flow', ago('1 day')))}"
`,
];

test('hold, set, emit and start_flow: each of the others hears what it should, the flow itself does not', async () => {
  const open = { ...project, events: null, attributes: { Tier: 'string' } } as const;
  const { store, ask, post, runs } = await testEngine({ flows: FLOWS, project: open });

  await post({ event: 'signup', contact: { email: 'ada@example.com' } });
  await expect.poll(async () => (await heldRuns(store, ask, {})).length).toBe(1);
  const [held] = await heldRuns(store, ask, {});
  expect(held!.text).toBe('Go on with ada@example.com?');
  expect(await decideHold(store, held!, 'approved')).toBeNull();

  const endings = async () =>
    (await runs()).map(({ flow, contact, state, reason }) => [flow, contact.email, state, reason].join(' ')).sort();
  await expect
    .poll(endings)
    .toEqual([
      'friend ben@example.com exited ada@example.com 1',
      expect.stringMatching(/^listener ada@example.com exited 20 in (true|false)$/),
      'maker ada@example.com completed completed',
    ]);
  const { timeline } = (await showRun(store, ask, held!.run))!;
  expect(timeline.map(({ kind, what, outcome }) => [kind, what, outcome])).toEqual([
    ['enter', 'signup', undefined],
    ['hold', 'hold_1', 'approved'],
    ['set', undefined, 'done'],
    ['emit', 'order_placed', 'done'],
    ['start_flow', 'friend', 'done'],
    ['exit', 'completed', undefined],
  ]);
  const decided = await store.db.selectFrom('inbox').select(['name', 'decisions']).orderBy('id').execute();
  const own = decided.find(({ name }) => name === 'attribute_changed')!.decisions!;
  expect(own.map(({ flow, what }) => `${flow} ${what}`).sort()).toEqual(['listener started', 'maker own_event']);
});

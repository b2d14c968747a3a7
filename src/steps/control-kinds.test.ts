/** Control kinds as an author writes them: compiled, and played in virtual time. */
import { expect, test } from 'vitest';
import { compileProject } from '../compiler/catalogue.ts';
import { compile } from '../compiler/compile.ts';
import type { Plan } from '../plan/plan.ts';
import type { CaseInput, Happening } from '../plan/test-case.ts';
import { simulate } from '../simulation/simulate.ts';
import { timelineText } from '../simulation/timeline.ts';
import { SourceText } from '../source/text.ts';

const CATALOGUE = `
project: shop
timezone: Europe/Berlin
messages: { hello: { channel: email, id: "1" }, nudge: { channel: email, id: "2" } }
groups: { vips: "7" }
attributes: { Tier: string, Visits: int }
events: { signup: { friend: string? }, order: { total: double } }
`;
const project = compileProject(new SourceText('mapp.yaml', CATALOGUE)).project!;
const START = Date.parse('2026-03-27T09:00:00Z');
const HOUR = 3_600_000;

function planOf(steps: string, head = 'on: signup'): Plan {
  const { plan, diagnostics } = compile(new SourceText('a.yaml', `flow: test\n${head}\nsteps:\n${steps}`), project);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  return plan!;
}

interface Case {
  readonly email?: string;
  readonly events?: readonly Happening[];
  readonly start?: { readonly event: string; readonly data?: object };
  readonly attributes?: CaseInput['contact']['attributes'];
  readonly history?: CaseInput['contact']['history'];
}

/** What happens, without date and with single spaces. */
async function play(plan: Plan, { email = 'ada@example.com', events = [], start, ...contact }: Case = {}) {
  const first = { type: 'event', at: START, event: start?.event ?? 'signup', data: start?.data ?? {} } as Happening;
  const { runs } = await simulate({
    plan,
    project,
    start: START,
    contact: {
      identifiers: { email },
      timezone: null,
      attributes: contact.attributes ?? {},
      groups: [],
      history: contact.history ?? [],
    },
    happenings: [first, ...events],
    failures: [],
    webhooks: {},
  });
  const lines = timelineText(runs, { timezone: 'Europe/Berlin', verbose: true });
  return lines.map((line) => line.replace(/ +/g, ' ').slice(5));
}

const event = (hours: number, name: string, data: object = {}) =>
  ({ type: 'event', at: START + hours * HOUR, event: name, data }) as Happening;

test('split: the arm is the same in every flow, for every spelling of the address, and a holdout goes on behind it', async () => {
  const split = (arms: string, behind = '') => planOf(`  - split: subject\n    id: s\n    arms:\n${arms}${behind}`);
  const half = '      a: { percent: 50, steps: [{ send_email: hello }] }\n      rest: { percent: 50 }\n';
  const seen = async (plan: Plan, email: string) =>
    (await play(plan, { email })).find((line) => line.includes('split'));
  const plan = split(half);
  const other = split(half, '  - exit: "${steps.s.arm}"\n');
  const people = Array.from({ length: 20 }, (_, at) => `p${at}@example.com`);
  const arms = await Promise.all(people.map((email) => seen(plan, email)));
  expect(new Set(arms).size).toBe(2);
  expect(await Promise.all(people.map((email) => seen(other, ` ${email.toUpperCase()}`)))).toEqual(arms);
  const holdout = people[arms.findIndex((line) => line?.includes('arm=rest'))]!;
  expect(await play(other, { email: holdout })).toEqual([
    '03-27 10:00 enter signup',
    '03-27 10:00 split subject arm=rest',
    '03-27 10:00 exit rest',
  ]);
});

test('repeat: `until` may look at a step inside and at what a round has assigned', async () => {
  const plan = planOf(`
  - repeat: 5
    id: loop
    until: steps.answer.outcome == "event" || default(vars.tries, 0) >= 3
    steps:
      - send_email: nudge
      - wait_for: order
        id: answer
        timeout: 1 day
      - assign: { tries: "\${default(vars.tries, 0) + 1}" }
  - exit: "\${string(steps.loop.round)} rounds"
`);
  const kinds = async (events: readonly Happening[]) =>
    (await play(plan, { events }))
      .filter((line) => / (send_email|wait_for) |exit \d/.test(line))
      .map((line) => line.slice(6));
  expect(await kinds([event(30, 'order', { total: 1 })])).toEqual([
    '10:00 send_email nudge',
    '10:00 wait_for order timed_out',
    '10:00 send_email nudge',
    '16:00 wait_for order',
    '16:00 exit 2 rounds',
  ]);
  expect((await kinds([])).at(-1)).toBe('10:00 exit 3 rounds');
});

test('hold: approved, rejected, timed out', async () => {
  const plan = planOf(`
  - hold: "Send to \${contact.email}?"
    id: ask
    timeout: 1 day
    then: [{ send_email: hello }]
    else: [{ exit: "\${steps.ask.outcome}" }]
`);
  const decide = (as: 'approved' | 'rejected') => [{ type: 'decide', at: START + HOUR, step: 'ask', as }] as const;
  expect((await play(plan, { events: decide('approved') })).slice(1)).toEqual([
    '03-27 11:00 hold ask approved',
    '03-27 11:00 send_email hello',
    '03-27 11:00 exit completed',
  ]);
  expect((await play(plan, { events: decide('rejected') })).at(-1)).toBe('03-27 11:00 exit rejected');
  expect((await play(plan)).at(-1)).toBe('03-28 10:00 exit timed_out');
});

test('emit and start_flow: what is passed on; a contact without any identifier is skipped', async () => {
  const plan = planOf(`
  - emit: order
    with: { total: "\${1 + 1}" }
  - start_flow: referral
    with: { by: "\${contact.email}", none: "\${event.friend}" }
    contact: { email: "\${event.friend}" }
`);
  expect((await play(plan)).slice(1, 3)).toEqual([
    '03-27 10:00 emit order total=2',
    '03-27 10:00 start_flow referral skipped no_contact',
  ]);
  const friend = { event: 'signup', data: { friend: 'ben@example.com' } };
  expect((await play(plan, { start: friend }))[2]).toBe(
    '03-27 10:00 start_flow referral by=ada@example.com none=ben@example.com',
  );
});

test('send_time: the hour of past opens and clicks', async () => {
  const plan = planOf('  - send_time: 12 hours\n  - send_email: hello\n');
  const opened = (text: string) => ({ at: Date.parse(text), event: 'message_opened', data: {} });
  const history = [opened('2026-03-01T18:20:00Z'), opened('2026-03-02T18:40:00Z'), opened('2026-03-02T12:00:00Z')];
  expect((await play(plan, { history })).slice(1, 3)).toEqual([
    '03-27 19:00 send_time 12 hours',
    '03-27 19:00 send_email hello',
  ]);
  expect((await play(plan))[2]).toBe('03-27 10:00 send_email hello');
});

test('count and in_flow; entries by reserved events and by hand', async () => {
  const head = 'on:\n  - signup\n  - manual\n  - attribute_changed: Tier\n    where: event.to == "gold"';
  const plan = planOf(
    `
  - check: count("order", ago("7 days")) > 1 && in_flow("test") && !in_flow("other")
    then: [{ exit: often }]
`,
    head,
  );
  const order = (text: string) => ({ at: Date.parse(text), event: 'order', data: { total: 1 } });
  const recent = [order('2026-03-21T00:00:00Z'), order('2026-03-22T00:00:00Z')];
  expect((await play(plan, { history: recent })).at(-1)).toBe('03-27 10:00 exit often');
  expect((await play(plan, { history: [order('2026-03-19T00:00:00Z'), ...recent.slice(1)] })).at(-1)).toBe(
    '03-27 10:00 exit completed',
  );
  expect((await play(plan, { start: { event: 'manual' } }))[0]).toBe('03-27 10:00 enter manual');
  const changed = (name: string, to: string) =>
    play(plan, { start: { event: 'attribute_changed', data: { name, to } } });
  expect((await changed('Tier', 'gold'))[0]).toBe('03-27 10:00 enter attribute_changed');
  expect(await changed('Tier', 'silver')).toEqual([]);
  expect(await changed('Visits', 'gold')).toEqual([]);
});

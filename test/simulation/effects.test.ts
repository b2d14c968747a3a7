/** Mapp, webhooks and operators, as a case sees them. */
import { expect, test } from 'vitest';
import { play } from './project.ts';

const START = 'events:\n  - { event: newsletter_signup, data: { country: DE } }';

async function timeline(steps: string, written: string): Promise<string[]> {
  const { actual } = await play(`flow: effects\non: newsletter_signup\nsteps:\n${steps}`, written);
  return actual.slice(1).map((line) => line.slice(18).replace(/ {2,}/g, ' '));
}

test('a step sees what an earlier one wrote', async () => {
  const steps = `
  - set: { Hobbies: chess }
  - add_to_group: vips
  - increment: { Purchases: 2 }
  - check: contact.Hobbies == "chess" && in_group("vips") && !in_group("customers") && contact.Purchases == 3
    then: [{ exit: seen }]`;
  expect(await timeline(steps, `contact: { attributes: { Purchases: 1 } }\n${START}`)).toEqual([
    'set Hobbies=chess',
    'add_to_group vips',
    'increment Purchases=3',
    'exit seen',
  ]);
});

test('groups and history of the case', async () => {
  const steps = `
  - check: in_group("customers") && count("order_placed", ago("2 days")) == 1
    then: [{ exit: known }]`;
  const written = `
groups: [customers]
history:
  - { before: 3 days, event: order_placed }
  - { before: 30 minutes, event: order_placed }
${START}`;
  expect(await timeline(steps, written)).toEqual(['exit known']);
});

test('a contact without an address for the channel, and a condition that does not hold', async () => {
  const steps = `
  - send_sms: text
  - send_email: welcome
    if: contact.Purchases == 5
    with: { coupon: A }`;
  expect(await timeline(steps, START)).toEqual([
    'send_sms text skipped no_address',
    'send_email welcome skipped if',
    'exit completed',
  ]);
});

test('a send that Mapp refuses, or of which nobody knows, parks the run; other writes are repeated', async () => {
  const steps = '  - set: { Hobbies: chess }\n    id: hobby\n  - send_email: welcome\n    id: hello';
  const fail = (...rules: string[]) => `${START}\nmapp: { fail: [${rules.join(', ')}] }`;
  expect(await timeline(steps, fail('{ step: hello, with: 400 }'))).toEqual([
    'set Hobbies=chess',
    'send_email welcome parked',
  ]);
  expect(await timeline(steps, fail('{ step: hello, with: timeout }'))).toEqual([
    'set Hobbies=chess',
    'send_email welcome parked',
  ]);
  expect(await timeline(steps, fail('{ step: hobby, with: 500, times: 3 }'))).toEqual([
    'set Hobbies=chess',
    'send_email welcome',
    'exit completed',
  ]);
});

test('on_unknown and on_error decide instead of an operator', async () => {
  const steps = `
  - send_email: welcome
    id: hello
    on_unknown: resend
  - send_email: nudge
    id: bye
    on_error: continue`;
  const written = `${START}\nmapp: { fail: [{ step: hello, with: 500 }, { step: bye, with: 400 }] }`;
  expect(await timeline(steps, written)).toEqual(['send_email welcome', 'send_email nudge failed', 'exit completed']);
});

test('webhooks answer what the case says', async () => {
  const steps = `
  - webhook: https://example.com/score
    id: score
  - check: steps.score.body.points > 5
    then: [{ exit: good }]
    else: [{ exit: bad }]`;
  expect(await timeline(steps, `${START}\nwebhooks: { score: { status: 201, body: { points: 9 } } }`)).toEqual([
    'webhook score 201',
    'exit good',
  ]);
  expect(await timeline(steps, START)).toEqual(['webhook score 200', 'exit bad']);
  expect(await timeline(steps, `${START}\nwebhooks: { score: { status: 500 } }`)).toEqual(['webhook score parked']);
});

test('operators approve and reject; one who comes too late meets nobody, and the case fails', async () => {
  const flow = `flow: effects\non: newsletter_signup\nsteps:\n  - hold: ok?\n    id: boss\n    timeout: 2 days`;
  const held = async (item: string) => (await play(flow, `${START}\n  - ${item}\nexpect: ""`)).actual.slice(1);
  expect(await held('{ after: 1 day, approve: boss }')).toEqual([
    '2026-01-06 10:00  hold        boss  approved',
    '2026-01-06 10:00  exit        completed',
  ]);
  expect((await held('{ after: 1 day, reject: boss }'))[0]).toContain('boss  rejected');
  const late = await play(
    flow,
    `${START}\n  - { after: 3 days, approve: boss }\nexpect: |\n  2026-01-05 10:00 enter newsletter_signup\n  2026-01-07 10:00 hold boss timed_out\n  2026-01-07 10:00 exit completed`,
  );
  expect(late).toMatchObject({
    passed: false,
    diff: null,
    problems: ['2026-01-08 10:00  approve boss: nobody is held at this step'],
  });
});

test('operators resolve a parked step, and hold and release those inside', async () => {
  const flow = 'flow: effects\non: newsletter_signup\nsteps:\n  - send_email: welcome\n    id: hello\n  - wait: 1 day';
  const fail = 'mapp: { fail: [{ step: hello, with: timeout }] }';
  const resolved = async (as: string) =>
    (await play(flow, `${START}\n  - { after: 1 hour, resolve: hello, as: ${as} }\n${fail}`)).actual
      .slice(1)
      .map((line) => line.slice(5).replace(/ {2,}/g, ' '));
  expect(await resolved('sent')).toEqual([
    '01-05 10:00 send_email welcome parked',
    '01-05 11:00 send_email welcome',
    '01-06 11:00 exit completed',
  ]);
  expect(await resolved('resend')).toEqual(await resolved('sent'));
  expect((await resolved('skip'))[1]).toBe('01-05 11:00 send_email welcome unknown');

  const paused = await play(flow, `${START}\n  - { after: 1 hour, pause: true }\n  - { after: 3 days, resume: true }`);
  expect(paused.actual.at(-1)).toBe('2026-01-08 10:00  exit        completed');

  const nobody = await play(
    flow,
    `${START}\n  - { after: 1 hour, resolve: hello, as: skip }\n  - { after: 9 days, pause: true }`,
  );
  expect(nobody.problems.slice(1)).toEqual([
    '2026-01-05 11:00  resolve hello as skip: nobody is parked at this step',
    '2026-01-14 10:00  pause: nobody is inside',
  ]);
});

test('a year of waits in the zone of the contact', async () => {
  const steps = '  - wait: 1 year\n  - send_email: nudge';
  const { actual } = await play(
    `flow: effects\non: newsletter_signup\nsteps:\n${steps}`,
    `contact: { attributes: { TimeZone: Asia/Tokyo } }\nstart: 2026-03-01T08:00\n${START}`,
  );
  expect(actual).toEqual([
    '2026-03-01 08:00  enter       newsletter_signup',
    '2027-03-01 08:00  send_email  nudge',
    '2027-03-01 08:00  exit        completed',
  ]);
});

test('quiet hours hold a message, and the steps behind it; an exit meanwhile cancels it', async () => {
  const flow = `
flow: effects
on: newsletter_signup
exit_on: order_placed
quiet_hours: { from: "21:00", to: "08:00", timezone: contact }
steps:
  - send_email: welcome
  - send_email: nudge`;
  const written = `contact: { timezone: America/New_York }\nstart: 2026-01-05T23:30`;
  expect((await play(flow, `${written}\n${START}`)).actual).toEqual([
    '2026-01-05 23:30  enter       newsletter_signup',
    '2026-01-06 08:00  send_email  welcome',
    '2026-01-06 08:00  send_email  nudge',
    '2026-01-06 08:00  exit        completed',
  ]);
  expect((await play(flow, `${written}\n${START}\n  - { after: 1 hour, event: order_placed }`)).actual).toEqual([
    '2026-01-05 23:30  enter       newsletter_signup',
    '2026-01-06 00:30  exit        order_placed',
  ]);
});

test('caps skip what is one too many; who has no address uses none up', async () => {
  const settings = 'frequency_cap: { messages: 2, per: 1 day }';
  const steps = `
  - send_sms: text
  - send_email: welcome
  - send_email: nudge
  - send_email: welcome
  - wait: 1 day
  - send_email: nudge`;
  const flow = `flow: effects\non: newsletter_signup\n${settings}\nsteps:${steps}`;
  const { actual } = await play(flow, START);
  expect(actual.slice(1, -1).map((line) => line.slice(30))).toEqual([
    'text  skipped no_address',
    'welcome',
    'nudge',
    'welcome  skipped cap',
    'nudge',
  ]);
});

test('a step that is skipped says what it is about, as it would had it been done', async () => {
  const { actual } = await play(
    `
flow: skips
on: newsletter_signup
steps:
  - wait_for: [order_placed, { event: order_placed, where: incoming.total > 3.0 }, purchase]
    if: false
    timeout: 1 day
  - save: product
    if: false
    with: { productSKU: a }
  - emit: order_placed
    if: false
  - start_flow: skips
    if: false
  - start_automation: hello
    if: false
  - exit: lost
    if: false
`,
    'events: [{ event: newsletter_signup }]',
  );
  expect(actual.map((line) => line.slice(18).replace(/ {2,}/g, ' ')).slice(1, -1)).toEqual([
    'wait_for order_placed, purchase skipped if',
    'save product skipped if',
    'emit order_placed skipped if',
    'start_flow skips skipped if',
    'start_automation hello skipped if',
    'exit lost skipped if',
  ]);
});

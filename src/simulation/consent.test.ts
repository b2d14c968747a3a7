import { expect, test } from 'vitest';
import { compileProject } from '../compiler/catalogue.ts';
import { compile } from '../compiler/compile.ts';
import type { CaseContact, CaseInput } from '../plan/test-case.ts';
import { SourceText } from '../source/text.ts';
import { simulate } from './simulate.ts';
import { timelineText } from './timeline.ts';

const CATALOGUE = `
project: shop
timezone: Europe/Berlin
messages:
  welcome: { channel: email, id: "1" }
  nudge: { channel: email, id: "2" }
  code: { channel: sms, id: "3" }
`;
const { project } = compileProject(new SourceText('mapp.yaml', CATALOGUE));
const START = Date.parse('2026-03-20T10:00:00+01:00');
const DAY = 86_400_000;

const FLOW = `
flow: test
on: signup
reentry: always
steps:
  - send_email: welcome
    id: hello
  - wait_for: { event: message_opened, step: hello }
    timeout: 1 day
  - wait: 1 day
  - check: steps.hello.clicked
    id: curious
    then: [{ send_sms: code }]
    else: [{ send_email: nudge }]
  - send_email: nudge
    priority: transactional
`;

async function play(happenings: CaseInput['happenings'], contact: Partial<CaseContact> = {}, flow = FLOW) {
  const { plan, diagnostics } = compile(new SourceText('test.yaml', flow), project!);
  expect(diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
  const identifiers = { email: 'ada@example.com', mobile: '+491701234567' };
  const { runs } = await simulate({
    plan: plan!,
    project: project!,
    start: START,
    contact: { identifiers, timezone: null, attributes: {}, groups: [], history: [], ...contact },
    happenings,
    failures: [],
    webhooks: {},
  });
  return timelineText(runs, { timezone: 'Europe/Berlin', verbose: false });
}

const event = (days: number, name: string, data = {}) =>
  ({ type: 'event', at: START + days * DAY, event: name, data }) as const;

test('what contacts do with a message is what later steps see', async () => {
  expect(
    await play([
      event(0, 'signup'),
      event(0.5, 'message_clicked', { step: 'hello' }),
      event(0.6, 'message_opened', { message: 'welcome' }),
    ]),
  ).toEqual([
    '2026-03-20 10:00  enter       signup',
    '2026-03-20 10:00  send_email  welcome',
    '2026-03-21 00:24  wait_for    message_opened',
    '2026-03-22 00:24  send_sms    code',
    '2026-03-22 00:24  send_email  nudge',
    '2026-03-22 00:24  exit        completed',
  ]);
});

test('an open of one run is not that of another', async () => {
  const opened = event(0.5, 'message_opened', { step: 'hello', run: 'test/contact/2' });
  const lines = await play([event(0, 'signup'), event(0.1, 'signup'), opened]);
  expect(lines.filter((line) => line.includes('wait_for'))).toEqual([
    expect.stringMatching(/^2026-03-20 22:00 +wait_for +message_opened$/),
    expect.stringMatching(/^2026-03-21 10:00 +wait_for +message_opened +timed_out$/),
  ]);
});

test('who has unsubscribed gets no message but a transactional one', async () => {
  const expected = [
    '2026-03-21 10:00  wait_for    message_opened  timed_out',
    '2026-03-22 10:00  send_email  nudge  skipped unsubscribed',
    '2026-03-22 10:00  send_email  nudge',
    '2026-03-22 10:00  exit        completed',
  ];
  const said = event(0.5, 'message_unsubscribed', { message: 'welcome' });
  expect((await play([event(0, 'signup'), said])).slice(2)).toEqual(expected);
  const before = await play([event(0, 'signup')], { unsubscribed: ['email'] });
  expect(before[1]).toBe('2026-03-20 10:00  send_email  welcome  skipped unsubscribed');
  expect(before.slice(2)).toEqual(expected);
  expect(await play([event(0, 'signup')], { unsubscribed: ['sms'] })).not.toContainEqual(
    expect.stringContaining('skipped'),
  );
});

test('who bounced gets none, whether in the case or before it; a soft bounce is nothing', async () => {
  const skipped = async (...rest: Parameters<typeof play>) =>
    (await play(...rest)).filter((line) => line.includes('skipped blocked')).length;
  expect(await skipped([event(0, 'signup'), event(0.5, 'message_bounced', { step: 'hello' })])).toBe(2);
  expect(await skipped([event(0, 'signup'), event(0.5, 'message_bounced', { step: 'hello', text: 'transient' })])).toBe(
    0,
  );
  const history = [{ at: START - DAY, event: 'message_bounced', data: { message: 'nudge' } }];
  expect(await skipped([event(0, 'signup')], { history })).toBe(3);
  expect(await skipped([event(0, 'signup')], { blocked: ['email'] })).toBe(3);
});

test('a run hears of the message it has sent; the flow does not start by it', async () => {
  const flow = `
flow: test
on: [signup, message_sent]
reentry: always
steps:
  - send_email: welcome
    id: hello
  - wait_for: { message_sent: welcome }
    timeout: 1 day
`;
  expect(await play([event(0, 'signup')], {}, flow)).toEqual([
    '2026-03-20 10:00  enter       signup',
    '2026-03-20 10:00  send_email  welcome',
    '2026-03-20 10:00  wait_for    message_sent',
    '2026-03-20 10:00  exit        completed',
  ]);
});

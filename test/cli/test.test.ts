import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { flows, projectWith, startFlows } from './cli.ts';

const CATALOGUE = `
project: shop
timezone: Europe/Berlin
messages:
  welcome: { channel: email, id: "1", parameters: [coupon?] }
  nudge: { channel: email, id: "2" }
attributes: { Purchases: int }
events:
  newsletter_signup: { country: string, coupon: string? }
  order_placed: { total: double }
`;
const FLOW = `
flow: welcome
on: { event: newsletter_signup, where: event.country == "DE" }
steps:
  - send_email: welcome
    with: { coupon: "\${event.coupon}" }
  - wait: 3 days
  - check: default(contact.Purchases, 0) == 0
    then:
      - send_email: nudge
`;
const CASES = `flow: welcome
cases:
  - name: nudged # after three days
    contact: { email: ada@example.com }
    start: 2026-03-27T10:00:00+01:00
    events:
      - { event: newsletter_signup, data: { country: DE, coupon: SPRING } }
`;
const EXPECT = `    expect: |
      2026-03-27 10:00  enter       newsletter_signup
      2026-03-27 10:00  send_email  welcome  coupon=SPRING
      2026-03-30 10:00  send_email  nudge
      2026-03-30 10:00  exit        completed
`;

const removals: (() => void)[] = [];
afterEach(() => {
  for (const remove of removals.splice(0)) remove();
});

function made(files: { readonly [path: string]: string } = {}): string {
  const all = {
    'mapp.yaml': CATALOGUE,
    'flows/welcome.yaml': FLOW,
    'flows/welcome.test.yaml': CASES + EXPECT,
    ...files,
  };
  const { dir, remove } = projectWith(all);
  removals.push(remove);
  return dir;
}

const lastLine = (text: string) => text.trimEnd().split('\n').at(-1);

describe('flows test', () => {
  test('all is as expected; spaces do not matter', async () => {
    const dir = made({
      'flows/welcome.test.yaml': CASES + EXPECT.replaceAll('  send', ' send').replaceAll('SPRING', 'SPRING  '),
    });
    const { code, out } = await flows(dir, ['test']);
    expect([code, lastLine(out)]).toEqual([0, '1 passed, 0 failed']);
  });

  test('a difference: what was expected, what happened', async () => {
    const dir = made({
      'flows/welcome.test.yaml':
        CASES + EXPECT.replace('2026-03-30 10:00  send_email  nudge', '2026-03-29 10:00  send_email  nudge'),
    });
    const { code, out } = await flows(dir, ['test']);
    expect(code).toBe(1);
    expect(out).toBe(`flows/welcome.test.yaml
  ✗ nudged  flows/welcome.test.yaml:3
      - expected  + what happened
        2026-03-27 10:00  enter       newsletter_signup
        2026-03-27 10:00  send_email  welcome  coupon=SPRING
      - 2026-03-29 10:00  send_email  nudge
      + 2026-03-30 10:00  send_email  nudge
        2026-03-30 10:00  exit        completed
0 passed, 1 failed
`);
  });

  test('--verbose shows what the flow decides by', async () => {
    const { out } = await flows(made(), ['test', '--verbose']);
    expect(out).toContain('2026-03-30 10:00  check       yes  contact.Purchases=null\n');
  });

  test('a case without expect fails until --update wrote it', async () => {
    const dir = made({ 'flows/welcome.test.yaml': CASES });
    expect(await flows(dir, ['test'])).toMatchObject({ code: 1, out: expect.stringContaining('it has no "expect"') });
    expect(await flows(dir, ['test', '--update'])).toMatchObject({ code: 0 });
    expect(readFileSync(join(dir, 'flows/welcome.test.yaml'), 'utf8')).toBe(CASES + EXPECT);
    expect(await flows(dir, ['test'])).toMatchObject({ code: 0 });
  });

  test('--coverage: steps that no case comes to, and a bar', async () => {
    const bought = CASES.replace('{ email: ada@example.com }', '{ attributes: { Purchases: 1 } }') + 'x';
    const dir = made({ 'flows/welcome.test.yaml': bought.slice(0, -1) });
    await flows(dir, ['test', '--update']);
    const { code, out } = await flows(dir, ['test', '--coverage']);
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('welcome: 3 of 4 steps, 75 %, never reached: send_email_2\n'),
    ]);
    expect(lastLine(out)).toBe('1 passed, 0 failed');
    expect((await flows(dir, ['test', '--coverage', '75'])).code).toBe(0);
    expect((await flows(dir, ['test', '--coverage', '76'])).code).toBe(1);
    expect((await flows(dir, ['test', '--coverage', '101'])).code).toBe(2);
    expect((await flows(dir, ['test', '--coverage', 'flows/welcome.test.yaml'])).code).toBe(0);
  });

  test('--json: one document on stdout', async () => {
    const { out, err } = await flows(made(), ['test', '--json', '--coverage']);
    expect(JSON.parse(out)).toMatchObject({
      ok: true,
      passed: 1,
      failed: 0,
      cases: [{ file: 'flows/welcome.test.yaml', line: 3, flow: 'welcome', name: 'nudged', passed: true, diff: null }],
      coverage: [{ flow: 'welcome', steps: 4, reached: 4, percent: 100, never: [] }],
    });
    expect(lastLine(err)).toBe('1 passed, 0 failed');
  });

  test('a mistake in a test file is shown where it stands', async () => {
    const { code, out } = await flows(made({ 'flows/welcome.test.yaml': CASES.replace('start:', 'strat:') }), ['test']);
    expect(code).toBe(1);
    expect(out).toContain('flows/welcome.test.yaml:5:5: unknown key "strat"');
    expect(out).toContain('did you mean "start"?');
    expect(lastLine(out)).toBe('0 passed, 1 failed');
  });

  test('a flow that does not compile fails its tests', async () => {
    const { code, out } = await flows(made({ 'flows/welcome.yaml': FLOW.replace('nudge', 'nugde') }), ['test']);
    expect([code, lastLine(out)]).toEqual([1, '0 passed, 1 failed']);
    expect(out).toContain('its flow has errors');
  });

  test('paths', async () => {
    const dir = made({ 'flows/more/other.test.yaml': CASES + EXPECT });
    expect(lastLine((await flows(dir, ['test'])).out)).toBe('2 passed, 0 failed');
    expect(lastLine((await flows(dir, ['test', 'flows/more'])).out)).toBe('1 passed, 0 failed');
    expect(await flows(dir, ['test', 'nowhere'])).toMatchObject({ code: 1, err: expect.stringContaining('"nowhere"') });
    expect(
      lastLine((await flows(made({ 'flows/welcome.test.yaml': 'flow: welcome\ncases: []\n' }), ['test'])).out),
    ).toBe('0 passed, 0 failed');
  });

  test('--watch runs until it is stopped', async () => {
    const running = startFlows(made(), ['test', '--watch']);
    expect(await running.first).toContain('flows/welcome.test.yaml');
    running.stop();
    expect(await running.ended).toMatchObject({ code: 0, out: expect.stringContaining('1 passed, 0 failed\n') });
  });
});

describe('flows simulate', () => {
  const event = (fields: object) =>
    JSON.stringify({ event: 'newsletter_signup', contact: { email: 'a@example.com' }, ...fields });
  const signup = event({ time: '2026-03-27T09:00:00Z', data: { country: 'DE', coupon: 'X' } });

  test('one run on paper, as JSON', async () => {
    const { code, out } = await flows(made({ 'e.json': signup }), [
      'simulate',
      'welcome',
      '--event',
      'e.json',
      '--json',
    ]);
    expect(code).toBe(0);
    const answer = JSON.parse(out) as { timeline: object[] };
    expect(answer).toMatchObject({
      flow: 'welcome',
      version: expect.stringMatching(/^[0-9a-f]{16}$/),
      outcome: 'completed',
    });
    expect(answer.timeline.slice(0, 2)).toEqual([
      { at: '2026-03-27T10:00:00.000+01:00', step: null, kind: 'enter', what: 'newsletter_signup' },
      {
        at: '2026-03-27T10:00:00.000+01:00',
        step: 'send_email_1',
        kind: 'send_email',
        what: 'welcome',
        outcome: 'sent',
        data: { coupon: 'X' },
      },
    ]);
  });

  test('the contact, later events, and a moment to stop at', async () => {
    const dir = made({
      'flows/welcome.yaml': `${FLOW}exit_on: order_placed\n`,
      'e.json': signup,
      'c.json': JSON.stringify({ mobile: '+49170123456', timezone: 'America/New_York', attributes: { Purchases: 2 } }),
      'later.json': JSON.stringify([{ event: 'order_placed', time: '2026-03-28T09:00:00Z', data: { total: 5 } }]),
    });
    const simulate = async (...more: string[]) => {
      const { out } = await flows(dir, ['simulate', 'welcome', '--event', 'e.json', '--json', ...more]);
      const { outcome, timeline } = JSON.parse(out) as { outcome: string; timeline: { at: string; kind: string }[] };
      return [outcome, timeline.at(-1)!.at, timeline.at(-1)!.kind];
    };
    expect(await simulate('--contact', 'c.json')).toEqual(['completed', '2026-03-30T04:00:00.000-04:00', 'exit']);
    expect(await simulate('--events', 'later.json')).toEqual(['order_placed', '2026-03-28T10:00:00.000+01:00', 'exit']);
    expect(await simulate('--until', '2026-03-28')).toEqual(['waiting', '2026-03-27T10:00:00.000+01:00', 'send_email']);
    expect(await simulate('--at', '2026-03-27T12:00:00+01:00')).toEqual([
      'completed',
      '2026-03-30T12:00:00.000+02:00',
      'exit',
    ]);
    // Whatever time the event names: older than `max_event_age`, or still ahead.
    expect(await simulate('--at', '2026-07-01T12:00:00+02:00')).toContain('2026-07-04T12:00:00.000+02:00');
    expect(await simulate('--at', '2026-02-02T12:00:00+01:00')).toContain('2026-02-05T12:00:00.000+01:00');
  });

  test.each([
    [
      'an event that does not start it',
      { 'e.json': event({ data: { country: 'FR' } }) },
      1,
      'does not start the flow welcome: where',
    ],
    [
      'an event of another name',
      { 'e.json': event({ event: 'order_placed' }) },
      1,
      'which starts on newsletter_signup',
    ],
    ['an event that is none', { 'e.json': '{ "evnt": "x" }' }, 1, '/event'],
    ['no JSON', { 'e.json': 'event: x' }, 1, 'is no JSON'],
    ['no file', {}, 1, 'cannot be read'],
  ])('%s', async (_, files, code, message) => {
    const ran = await flows(made(files as { [path: string]: string }), ['simulate', 'welcome', '--event', 'e.json']);
    expect([ran.code, ran.err]).toEqual([code, expect.stringContaining(message)]);
  });

  test('wrong usage', async () => {
    const dir = made({ 'e.json': signup });
    expect((await flows(dir, ['simulate', 'welcome'])).code).toBe(2);
    expect((await flows(dir, ['simulate', 'welcome', '--event', 'e.json', '--at', 'noon'])).code).toBe(2);
    expect((await flows(dir, ['simulate', 'welcom', '--event', 'e.json'])).code).toBe(1);
  });
});

describe('flows graph', () => {
  test('Mermaid, SVG, nothing else', async () => {
    const dir = made();
    expect((await flows(dir, ['graph', 'welcome'])).out).toMatch(/^flowchart TD\n/);
    expect((await flows(dir, ['graph', 'welcome', '--format', 'svg'])).out).toMatch(/^<svg /);
    expect((await flows(dir, ['graph', 'welcome', '--format', 'pdf'])).code).toBe(2);
    expect((await flows(dir, ['graph', 'nothing'])).code).toBe(1);
  });
});

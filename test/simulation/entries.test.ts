/** The decisions of the router, as a case sees them. */
import { describe, expect, test } from 'vitest';
import { play } from './project.ts';

const flow = (settings: string) => `
flow: entries
on: { event: newsletter_signup, where: event.country == "DE" }
${settings}
steps:
  - wait: 3 days
  - send_email: nudge
`;
const SIGNUP = '{ event: newsletter_signup, data: { country: DE } }';
const again = (after: string, more = '') =>
  `{ after: ${after}, event: newsletter_signup, data: { country: DE${more} } }`;
const events = (...items: string[]) => `events:\n${items.map((item) => `  - ${item}`).join('\n')}`;

async function timeline(settings: string, ...items: string[]): Promise<string[]> {
  const { actual } = await play(flow(settings), events(...items));
  return actual.map((line) => line.replace(/^2026-01-/, '').replace(/ {2,}/g, ' '));
}

describe('who enters', () => {
  test('where: only those it is true for; why not is told', async () => {
    const { actual, notes } = await play(flow(''), events('{ event: newsletter_signup, data: { country: FR } }'));
    expect(actual).toEqual([]);
    expect(notes).toEqual(['2026-01-05 10:00  newsletter_signup: does not start the flow: where']);
  });

  test('after_exit: not while inside', async () => {
    expect(await timeline('', SIGNUP, again('1 day'), again('4 days'))).toEqual([
      '05 10:00 enter newsletter_signup',
      '08 10:00 send_email nudge',
      '08 10:00 exit completed',
      '09 10:00 enter newsletter_signup',
      '12 10:00 send_email nudge',
      '12 10:00 exit completed',
    ]);
  });

  test('once: for ever', async () => {
    expect((await timeline('reentry: once', SIGNUP, again('4 days'))).length).toBe(3);
  });

  test('a period: from exactly that long after the last entry on', async () => {
    const entered = await timeline('reentry: 10 days', SIGNUP, again('9 days'), again('10 days'));
    expect(entered.filter((line) => line.includes('enter'))).toEqual([
      '05 10:00 enter newsletter_signup',
      '15 10:00 enter newsletter_signup',
    ]);
  });

  test('always: side by side', async () => {
    expect(await timeline('reentry: always', SIGNUP, again('1 day'))).toEqual([
      '05 10:00 enter newsletter_signup',
      '06 10:00 enter newsletter_signup',
      '08 10:00 send_email nudge',
      '08 10:00 exit completed',
      '09 10:00 send_email nudge',
      '09 10:00 exit completed',
    ]);
  });

  test('restart: the run inside ends first', async () => {
    expect(await timeline('reentry: restart', SIGNUP, again('1 day'))).toEqual([
      '05 10:00 enter newsletter_signup',
      '06 10:00 exit restarted',
      '06 10:00 enter newsletter_signup',
      '09 10:00 send_email nudge',
      '09 10:00 exit completed',
    ]);
  });

  test('key: one run per value, none for null', async () => {
    const lines = await timeline(
      'key: event.coupon',
      again('0 days', ', coupon: A'),
      again('1 day', ', coupon: B'),
      again('2 days'),
    );
    expect(lines.filter((line) => line.includes('enter'))).toHaveLength(2);
  });

  test('an event that exits and enters does both, in this order', async () => {
    expect(await timeline('exit_on: newsletter_signup', SIGNUP, again('1 day'))).toEqual([
      '05 10:00 enter newsletter_signup',
      '06 10:00 exit newsletter_signup',
      '06 10:00 enter newsletter_signup',
      '09 10:00 send_email nudge',
      '09 10:00 exit completed',
    ]);
  });

  test('a flow that is not active starts nothing', async () => {
    expect(await timeline('status: draft', SIGNUP)).toEqual([]);
  });
});

test('the reason to leave for may say what the event tells', async () => {
  const settings = 'exit_on: { event: order_placed, reason: "bought ${incoming.order_id}" }';
  const left = await timeline(settings, SIGNUP, '{ after: 1 day, event: order_placed, data: { order_id: o7 } }');
  expect(left.at(-1)).toBe('06 10:00 exit bought o7');
  const settingsWithRead = 'exit_on: { event: order_placed, reason: "${contact.Hobbies}" }';
  const unnamed = await timeline(settingsWithRead, SIGNUP, '{ after: 1 day, event: order_placed }');
  expect(unnamed.at(-1)).toBe('06 10:00 exit order_placed');
});

test('a purchase says whether it is the first; one that says so itself is believed', async () => {
  const bought = `
flow: bought
on: { event: purchase, where: event.first == true }
reentry: always
steps:
  - send_email: nudge
`;
  const entered = async (given: string) =>
    (await play(bought, given)).actual.filter((line) => line.includes('enter')).length;
  expect(await entered(events('{ event: purchase }', '{ after: 1 day, event: purchase }'))).toBe(1);
  expect(await entered(events('{ event: purchase, data: { first: false } }'))).toBe(0);
  const before = 'history: [{ before: 1 year, event: purchase }]\n';
  expect(await entered(before + events('{ event: purchase }'))).toBe(0);
  expect(await entered(before + events('{ event: purchase, data: { first: true } }'))).toBe(1);
});

test('whoever joined a group is in it, until they leave', async () => {
  const joined = `
flow: joined
on: { group_joined: customers }
steps:
  - check: in_group("customers")
    then:
      - send_email: nudge
  - wait: 2 days
  - check: "!in_group('customers')"
    then:
      - exit: left
`;
  const { actual } = await play(
    joined,
    events(
      '{ event: group_joined, data: { group: customers } }',
      '{ after: 1 day, event: group_left, data: { group: customers } }',
    ),
  );
  expect(actual.map((line) => line.replace(/ {2,}/g, ' ').slice(11))).toEqual([
    '10:00 enter group_joined',
    '10:00 send_email nudge',
    '10:00 exit left',
  ]);
});

test('a timeline keeps the zone of the case, whatever a run writes into the zone', async () => {
  const moves = `
flow: moves
on: newsletter_signup
timezone: contact
steps:
  - set: { TimeZone: America/New_York }
  - wait: { for: 1 day, at: "09:00" }
  - send_email: nudge
`;
  const { actual } = await play(
    moves,
    `contact: { email: a@example.com, attributes: { TimeZone: Asia/Tokyo } }\n${events(SIGNUP)}`,
  );
  expect(actual.map((line) => line.replace(/ {2,}/g, ' '))).toEqual([
    '2026-01-05 10:00 enter newsletter_signup',
    '2026-01-05 10:00 set TimeZone=America/New_York',
    '2026-01-06 23:00 send_email nudge',
    '2026-01-06 23:00 exit completed',
  ]);
});

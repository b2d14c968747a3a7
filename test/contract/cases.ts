/** What both hosts have to agree on: flows, what happens to a person, and the timeline of it. */

/** Something that happens; with `once`, as soon as a run stands at that step. */
export type ContractItem = { readonly once?: string } & (
  | { readonly event: string; readonly data?: { readonly [field: string]: string | number } }
  | { readonly approve: string }
  | { readonly reject: string }
);

export interface ContractCase {
  readonly name: string;
  /** `WEBHOOK` stands for an address that answers 201 and `{ points: 9 }` */
  readonly flow: string;
  /** `waits`: nothing happens but the start, and waits are shortened; `events`: no wait ends before the test does */
  readonly by: 'waits' | 'events';
  /** only where it has to have an e-mail address of one case, or none */
  readonly mobile?: string;
  readonly items?: readonly ContractItem[];
  /** how the first call of this step ends */
  readonly fail?: { readonly step: string; readonly subtype: string; readonly with: '400' | 'timeout' };
  /** without clock times */
  readonly timeline: readonly string[];
}

const SIGNUP: ContractItem = { event: 'newsletter_signup', data: { country: 'DE', coupon: 'SPRING' } };

export const CASES: readonly ContractCase[] = [
  {
    name: 'a series of mails with waits between them',
    by: 'waits',
    flow: `
on: { event: newsletter_signup, where: event.country == "DE" }
steps:
  - send_email: welcome
    with: { coupon: "\${event.coupon}" }
    set: { Hobbies: chess }
  - wait: 3 days
  - check: contact.Hobbies == "chess"
    then: [{ send_email: nudge }]
  - wait: { for: 1 day, weekdays: [mon], at: "09:00" }
  - send_email: nudge`,
    timeline: [
      'enter newsletter_signup',
      'send_email welcome coupon=SPRING Hobbies=chess',
      'send_email nudge',
      'send_email nudge',
      'exit completed',
    ],
  },
  {
    name: 'an event that never comes',
    by: 'waits',
    flow: `
on: newsletter_signup
steps:
  - wait_for: order_placed
    timeout: 1 week
    else: [{ exit: lost }]`,
    timeline: ['enter newsletter_signup', 'wait_for order_placed timed_out', 'exit lost'],
  },
  {
    name: 'an event that comes, of several that might, with the same value',
    by: 'events',
    flow: `
on: newsletter_signup
steps:
  - wait_for: order_placed
    id: order
    where: incoming.total > 10
    timeout: 1 year
    then:
      - send_email: welcome
        with: { coupon: "\${incoming.order_id}" }`,
    items: [
      SIGNUP,
      { once: 'order', event: 'order_placed', data: { order_id: 'A1', total: 5 } },
      { event: 'order_placed', data: { order_id: 'A2', total: 50 } },
    ],
    timeline: ['enter newsletter_signup', 'wait_for order_placed', 'send_email welcome coupon=A2', 'exit completed'],
  },
  {
    name: 'an event between two steps is kept for the one that waits for it',
    by: 'events',
    flow: `
on: newsletter_signup
steps:
  - hold: go on?
    id: boss
  - wait_for: order_placed
    timeout: 1 year`,
    items: [SIGNUP, { once: 'boss', event: 'order_placed' }, { approve: 'boss' }],
    timeline: ['enter newsletter_signup', 'hold boss approved', 'wait_for order_placed', 'exit completed'],
  },
  {
    name: 'an operator rejects',
    by: 'events',
    flow: `
on: newsletter_signup
steps:
  - hold: go on?
    id: boss
    else: [{ exit: refused }]`,
    items: [SIGNUP, { once: 'boss', reject: 'boss' }],
    timeline: ['enter newsletter_signup', 'hold boss rejected', 'exit refused'],
  },
  {
    name: 'nobody decides',
    by: 'waits',
    flow: `
on: newsletter_signup
steps:
  - hold: go on?
    id: boss
    timeout: 2 days`,
    timeline: ['enter newsletter_signup', 'hold boss timed_out', 'exit completed'],
  },
  {
    name: 'an exit out of a wait, by the event whose condition holds',
    by: 'events',
    flow: `
on: newsletter_signup
exit_on: { event: order_placed, where: incoming.total > 10 && contact.Hobbies == "chess", reason: bought }
steps:
  - set: { Hobbies: chess }
  - wait: 1 year
    id: long
  - send_email: nudge`,
    items: [
      SIGNUP,
      { once: 'long', event: 'order_placed', data: { total: 5 } },
      { event: 'order_placed', data: { total: 50 } },
    ],
    timeline: ['enter newsletter_signup', 'set Hobbies=chess', 'exit bought'],
  },
  {
    name: 'an event that exits and enters',
    by: 'events',
    flow: `
on: newsletter_signup
exit_on: newsletter_signup
steps:
  - hold: go on?
    id: boss`,
    items: [SIGNUP, { once: 'boss', ...SIGNUP }, { once: 'boss', approve: 'boss' }],
    timeline: [
      'enter newsletter_signup',
      'exit newsletter_signup',
      'enter newsletter_signup',
      'hold boss approved',
      'exit completed',
    ],
  },
  {
    name: 'a new entry restarts the flow',
    by: 'events',
    flow: `
on: newsletter_signup
reentry: restart
steps:
  - hold: go on?
    id: boss`,
    items: [SIGNUP, { once: 'boss', ...SIGNUP }, { once: 'boss', approve: 'boss' }],
    timeline: [
      'enter newsletter_signup',
      'exit restarted',
      'enter newsletter_signup',
      'hold boss approved',
      'exit completed',
    ],
  },
  {
    name: 'nobody enters who is inside, or for whom the condition does not hold',
    by: 'events',
    flow: `
on: { event: newsletter_signup, where: event.country == "DE" }
steps:
  - hold: go on?
    id: boss`,
    items: [
      { event: 'newsletter_signup', data: { country: 'FR' } },
      SIGNUP,
      { once: 'boss', ...SIGNUP },
      { approve: 'boss' },
    ],
    timeline: ['enter newsletter_signup', 'hold boss approved', 'exit completed'],
  },
  {
    name: 'one run per value of the key, once each',
    by: 'events',
    flow: `
on: order_placed
key: event.order_id
reentry: once
steps:
  - send_email: welcome
    with: { coupon: "\${event.order_id}" }`,
    items: [
      { event: 'order_placed', data: { order_id: 'A1' } },
      { event: 'order_placed', data: { order_id: 'A1' } },
      { event: 'order_placed', data: { total: 3 } },
      { event: 'order_placed', data: { order_id: 'A2' } },
    ],
    timeline: [
      'enter order_placed',
      'send_email welcome coupon=A1',
      'exit completed',
      'enter order_placed',
      'send_email welcome coupon=A2',
      'exit completed',
    ],
  },
  {
    name: 'what a step wrote, a later one sees',
    by: 'waits',
    flow: `
on: newsletter_signup
steps:
  - set: { Hobbies: "\${event.coupon}" }
  - increment: { Purchases: 2 }
  - increment: { Purchases: 1 }
  - decrement: { WelcomeDone: 1 }
  - add_to_group: [customers, vips]
  - remove_from_group: vips
  - unset: [Hobbies]
  - check: contact.Purchases == 3 && contact.Hobbies == null && in_group("customers") && !in_group("vips")
    then: [{ exit: seen }]`,
    timeline: [
      'enter newsletter_signup',
      'set Hobbies=SPRING',
      'increment Purchases=2',
      'increment Purchases=3',
      'decrement WelcomeDone=-1',
      'add_to_group customers, vips',
      'remove_from_group vips',
      'unset Hobbies',
      'exit seen',
    ],
  },
  {
    name: 'branches, variables, rounds, arms',
    by: 'waits',
    flow: `
on: newsletter_signup
steps:
  - assign: { n: 0 }
  - repeat: 5
    until: vars.n == 3
    steps:
      - assign: { n: "\${vars.n + 1}" }
      - wait: 1 day
  - switch: event.country
    cases:
      "AT, DE": [{ set: { Hobbies: "\${vars.n}" } }]
    default: [{ exit: elsewhere }]
  - split: contract_test
    arms:
      a: { percent: 50, steps: [{ send_email: welcome }] }
      b: { percent: 50, steps: [{ send_email: welcome, with: { first: b } }] }
  - emit: order_placed
    with: { total: 5 }
  - check: count("newsletter_signup", ago("30 days")) == 1
    then: [{ exit: "after \${vars.n} rounds" }]`,
    timeline: [
      'enter newsletter_signup',
      'set Hobbies=3',
      'send_email welcome first=b',
      'emit order_placed total=5',
      'exit after 3 rounds',
    ],
  },
  {
    name: 'no address, and a condition that does not hold',
    by: 'waits',
    mobile: '+4917012345678',
    flow: `
on: newsletter_signup
steps:
  - send_email: welcome
  - send_sms: text
    if: contact.mobile == null
  - send_sms: text`,
    timeline: [
      'enter newsletter_signup',
      'send_email welcome skipped no_address',
      'send_sms text skipped if',
      'send_sms text',
      'exit completed',
    ],
  },
  {
    name: 'a mail that Mapp refuses',
    by: 'waits',
    fail: { step: 'hello', subtype: 'email', with: '400' },
    flow: `
on: newsletter_signup
steps:
  - send_email: welcome
    id: hello`,
    timeline: ['enter newsletter_signup', 'send_email welcome parked'],
  },
  {
    name: 'a mail of which nobody knows, left to an operator',
    by: 'waits',
    fail: { step: 'hello', subtype: 'email', with: 'timeout' },
    flow: `
on: newsletter_signup
steps:
  - send_email: welcome
    id: hello`,
    timeline: ['enter newsletter_signup', 'send_email welcome parked'],
  },
  {
    name: 'a mail of which nobody knows, left out; one that is refused, too',
    by: 'waits',
    fail: { step: 'hello', subtype: 'email', with: 'timeout' },
    flow: `
on: newsletter_signup
steps:
  - send_email: welcome
    id: hello
    on_unknown: skip
  - send_email: nudge`,
    timeline: ['enter newsletter_signup', 'send_email welcome unknown', 'send_email nudge', 'exit completed'],
  },
  {
    name: 'a refused mail that does not matter',
    by: 'waits',
    fail: { step: 'hello', subtype: 'email', with: '400' },
    flow: `
on: newsletter_signup
steps:
  - send_email: welcome
    id: hello
    on_error: continue
  - send_email: nudge`,
    timeline: ['enter newsletter_signup', 'send_email welcome failed', 'send_email nudge', 'exit completed'],
  },
  {
    name: 'the answer of a webhook',
    by: 'waits',
    flow: `
on: newsletter_signup
steps:
  - webhook: WEBHOOK
    id: score
  - check: steps.score.status == 201 && steps.score.body.points == 9
    then: [{ exit: good }]`,
    timeline: ['enter newsletter_signup', 'webhook score 201', 'exit good'],
  },
  {
    name: 'quiet hours and caps',
    by: 'waits',
    flow: `
on: newsletter_signup
quiet_hours: { from: "00:00", to: "23:59" }
frequency_cap: { messages: 1, per: 1 year }
steps:
  - send_email: welcome
  - send_email: nudge`,
    timeline: ['enter newsletter_signup', 'send_email welcome', 'send_email nudge skipped cap', 'exit completed'],
  },
];

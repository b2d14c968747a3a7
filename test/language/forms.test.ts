/** Every form that the language's own page shows compiles without a word, each in the smallest flow around it. */
import { describe, expect, test } from 'vitest';
import { compileProject } from '../../src/compiler/catalogue.ts';
import { compile } from '../../src/compiler/compile.ts';
import { SourceText } from '../../src/source/text.ts';

const compiled = compileProject(
  new SourceText(
    'mapp.yaml',
    `project: shop
timezone: Europe/Berlin
timezone_attribute: TimeZone
messages:
  welcome: { channel: email, id: "1", parameters: [coupon?, first?] }
  nudge: { channel: email, id: "2" }
  engaged: { channel: email, id: "5", via: connect }
  text: { channel: sms, id: "3" }
  alert: { channel: push, id: "4", app: shop }
groups: { customers: "10144", vips: "10145" }
apps: { shop: "5678" }
attributes: { Purchases: int, Hobbies: string, Birthday: date, WelcomeDone: int, TimeZone: string, Tier: string, Tags: "[string]" }
events:
  newsletter_signup: { country: string, coupon: string?, interest: string? }
  order_placed: { total: double, order_id: string, days: int?, items: [{ sku: string, price: double }], at: timestamp? }
  low_stock: {}
  anything: { field: any, nested: { field: string? } }
sources:
  shop: { type: api, token: SHOP_TOKEN }
quiet_hours: { from: "22:00", to: "07:00" }
frequency_cap: { messages: 3, per: 1 day }
on_late: send
`,
  ),
);
const project = { ...compiled.project!, flows: ['a-flow', 'other'] };

function problems(text: string): readonly string[] {
  return compile(new SourceText('a.yaml', text), project).diagnostics.map(
    ({ message, range }) => `${range.start.line}: ${message}`,
  );
}

const STEPS = 'steps:\n  - wait: 1 day\n';
const FLOW = 'flow: a-flow\non: order_placed\n';
const indent = (text: string) => `  - ${text.replaceAll('\n', '\n    ')}\n`;

test('the catalogue', () => {
  expect(compiled.diagnostics).toEqual([]);
});

describe('§2 keys of a flow', () => {
  test.each([
    'description: text\nowner: crm\ntags: [a, b]',
    'status: active',
    'status: draft',
    'status: paused',
    'status: draining',
    'status: stopped',
    'key: event.order_id\nexit_on: { event: order_placed, match: [order_id] }',
    'reentry: once',
    'reentry: after_exit',
    'reentry: always',
    'reentry: restart',
    'reentry: 30 days',
    'exit_on: { event: low_stock, reason: gone }',
    'goal: { event: order_placed, name: bought, within: 14 days, exit: true }',
    'goal: [order_placed, { event: low_stock, name: low }]',
    'timezone: contact',
    'timezone: America/New_York',
    'quiet_hours: { from: "21:00", to: "08:00" }',
    'quiet_hours: { from: "21:00", to: "08:00", weekdays: [sat, sun], timezone: contact, channels: [sms, push] }',
    'frequency_cap: { messages: 3, per: 1 week }',
    'frequency_cap: [{ messages: 3, per: 1 week }, { messages: 1, per: 1 day, channel: sms }]',
    'on_late: send',
    'on_late: skip',
    'on_late: next_window',
    'on_change: pin',
    'on_change: migrate',
    'defaults: { on_unknown: skip, on_error: continue, retry: { attempts: 3, backoff: 1 minute } }',
    'max_event_age: 24 hours',
  ])('%s', (keys) => {
    expect(problems(`${FLOW}${keys}\n${STEPS}`)).toEqual([]);
  });
});

describe('§3 what starts a flow', () => {
  test.each([
    'order_placed',
    '{ event: order_placed, where: event.total > 10.0 }',
    '{ event: order_placed, where: incoming.total > 10.0 }',
    '[order_placed, { event: newsletter_signup, where: event.country == "DE" }]',
    '{ attribute_changed: Tier }',
    '{ attribute_changed: Tier, where: event.from == "silver" && event.to == "gold" }',
    '{ event: attribute_changed, where: event.name == "Tier" }',
    '{ group_joined: vips }',
    '{ group_left: vips }',
    '{ audience_entered: vips }',
    '{ event: audience_entered, where: event.audience == "vips" }',
    '{ audience_entered: vips, backfill: true }',
    '{ audience_exited: vips }',
    'purchase',
    '{ event: purchase, where: event.first == true }',
    '{ purchase: A1 }',
    '{ message_sent: welcome }',
    '{ message_opened: welcome }',
    '{ message_clicked: welcome, where: event.link == "https://x" }',
    '{ message_bounced: welcome }',
    '{ message_replied: text, where: lower(event.text) == "stop" }',
    '{ message_unsubscribed: welcome }',
    'message_unsubscribed',
    'mp_session_start',
    'mp_session_end',
    '{ date: Birthday }',
    '{ date: Birthday, offset: -2 days, weekdays: [mon, tue], at: "09:00", timezone: contact, yearly: false }',
    '{ schedule: "0 9 * * mon", audience: vips }',
    '{ schedule: 2026-11-27 09:00, group: vips, only: new }',
    '{ from_flow: other }',
    '{ from_flow: any }',
    'manual',
  ])('on: %s', (on) => {
    expect(problems(`flow: a-flow\non: ${on}\n${STEPS}`)).toEqual([]);
  });

  test.each([
    'message_unsubscribed',
    '{ message_clicked: welcome }',
    '{ event: message_clicked, step: first }',
    '{ message_opened: welcome, step: first }',
    '{ group_left: customers }',
    '{ event: order_placed, match: [order_id] }',
    '[{ event: order_placed, match: [] }, low_stock]',
  ])('exit_on, goal, wait_for: %s', (entry) => {
    const flow = (keys: string, step: string) =>
      `${FLOW}${keys}\nsteps:\n  - send_email: welcome\n    id: first\n  - wait_for: ${step}\n    timeout: 1 day\n`;
    expect(problems(flow(`exit_on: ${entry}\ngoal: ${entry}`, entry))).toEqual([]);
  });
});

describe('§4 expressions', () => {
  test.each([
    'event.total > 10.0',
    '"${event.total > 10.0}"',
    'event.order_id in ["a", "b"]',
    'trigger.name == "order_placed" || trigger.id != "" || trigger.source == "shop"',
    'trigger.time < now',
    'contact.email != null || contact.mobile != null || contact.external_id == "7"',
    'contact.timezone == "Europe/Berlin"',
    'vars.x == 1',
    'steps.first.outcome == "sent" && steps.first.at < now',
    'run.id != "" && run.flow == "a-flow" && run.version != "" && run.entered_at <= now',
    'in_group("vips") || in_flow("other")',
    'count("order_placed", ago("30 days")) > 2',
    'count("order_placed", run.entered_at) > 0',
    'count("order_placed", steps.first.at) > 0',
    'default(contact.Purchases, 0) == 0',
    'shift(now, "30 days") > timestamp("2026-01-01T00:00:00Z")',
    'date(now) > date("2026-01-01")',
    'format(now, "d MMM yyyy") == "1 Jan 2026"',
    'int("3") == 3 && double("1.5") > 1.0 && bool("true") && string(3) == "3"',
    'lower(upper(trim(" x "))) == "x"',
    'size(split("a,b", ",")) == 2 && join(["a"], "-") == "a" && replace("a", "a", "b") == "b"',
    '"abc".contains("b") && "abc".startsWith("a") && "abc".endsWith("c")',
    'event.items.exists(item, item.price > 10.0) && event.items.all(item, item.price > 0.0)',
    'size(event.items.filter(item, item.price > 10.0)) > 0',
    'sum(event.items.map(item, item.price)) > 10.0 && min([1, 2]) == 1 && max([1, 2]) == 2 && round(1.5) == 2',
    'event.days == null',
    '\'!in_group("vips")\'',
  ])('%s', (expression) => {
    const source = expression.startsWith('"abc"') ? `'${expression}'` : expression;
    const steps = `steps:\n  - send_email: welcome\n    id: first\n  - assign: { x: 1 }\n  - check: ${source}\n    then: [{ exit: yes_it_is }]\n`;
    expect(problems(`${FLOW}${steps}`)).toEqual([]);
  });

  test('what Mapp tells of a message is a condition', () => {
    const steps = (of: string) =>
      `steps:\n  - send_email: welcome\n    id: first\n  - wait: 1 day\n    id: pause\n  - check: ${of}\n    then: []\n`;
    expect(problems(`${FLOW}${steps('steps.first.opened || steps.first.clicked')}`)).toEqual([]);
    expect(problems(`${FLOW}${steps('steps.pause.opened')}`)).toEqual([
      '8: unknown field "opened" of "steps.pause". known fields are "at" and "outcome"',
    ]);
  });

  test('a text with expressions, one that is nothing else, and none', () => {
    const values = 'a: "Hello ${contact.email}", b: "${event.total}", c: "$${x}"';
    expect(problems(`${FLOW}steps:\n  - assign: { ${values} }\n`)).toEqual([]);
  });
});

describe('§5 steps', () => {
  test.each([
    'wait: 30 seconds',
    'wait: 2 hours 30 minutes',
    'wait: 3d',
    'wait: P3DT4H',
    'wait: "${int(default(event.days, 1))} days"',
    'wait: { for: 1 day, weekdays: [mon, tue], at: "09:00", timezone: contact }',
    'wait: { weekdays: [tue], at: "09:00" }',
    'wait: { until: event.at, offset: -2 days, weekdays: [mon], at: "09:00", timezone: contact }\nthen: [{ send_email: nudge }]\nelse: [{ exit: late }]',
    'wait: { until: contact.Birthday }',
    'wait_for: order_placed\nmatch: [order_id]\nwhere: incoming.total > 5.0\ntimeout: 1 week\nthen: [{ send_email: nudge }]\nelse: [{ exit: lost }]',
    'wait_for:\n  - { event: order_placed, match: [order_id], then: [{ send_email: nudge }] }\n  - { event: message_clicked, then: [] }\ntimeout: { for: 1 day, at: "09:00" }',
    'wait_for: low_stock\nlookback: none\ntimeout: { until: event.at }',
    'wait_for: low_stock\nlookback: 2 days\ntimeout: 1 day',
    'send_time: 24 hours',
    'check: event.total > 1.0\nthen: []\nelse: [{ exit: no }]',
    'switch: contact.Tier\ncases: { gold: [{ wait: 1 day }], "silver, bronze": [] }\ndefault: []',
    'split: test\narms: { a: { percent: 50, steps: [{ send_email: nudge }] }, b: { percent: 50 } }',
    'repeat: 3\nuntil: in_group("vips")\nsteps: [{ wait: 1 day }]',
    'assign: { x: "${event.total}", y: [1, 2], z: { a: b } }',
    'start_flow: other\nwith: { order: "${event.order_id}" }\ncontact: { email: "${contact.email}" }',
    'emit: low_stock\nwith: {}\ncontact: { email: "a@example.com" }',
    'hold: "May this go out?"\ntimeout: 1 day\nthen: [{ send_email: nudge }]\nelse: [{ exit: no }]',
    'exit: reason',
    'send_email: welcome\nwith: { coupon: "${event.order_id}" }\nset: { Hobbies: a }\ntransaction_id: "${event.order_id}"\npriority: transactional',
    'send_sms: text',
    'send_push: alert',
    'send_push: alert\napp: shop',
    'send_to_group: nudge\ngroup: vips',
    'send_email: welcome\non_unknown: park',
    'send_email: welcome\non_unknown: resend',
    'send_email: welcome\non_unknown: skip',
    'send_email: welcome\non_unknown: reconcile',
    'set: { Hobbies: "${event.order_id}", Purchases: 3 }',
    'set: { Hobbies: a }\ngroup: vips',
    'increment: { Purchases: 1 }',
    'increment: { Purchases: 1 }\ngroup: vips',
    'decrement: { Purchases: "${1 + 1}" }',
    'unset: [Hobbies]',
    'unset: [Hobbies]\ngroup: vips',
    'add_to_group: vips\nopt_in: double',
    'add_to_group: [vips, customers]\nopt_in: single',
    "add_to_group: \"${event.total > 9.0 ? 'vips' : 'customers'}\"\nopt_in: confirmed",
    'remove_from_group: vips',
    'delete_contact: true',
    'save: transaction\nwith: { orderId: "${event.order_id}", items: "${event.items}" }',
    'save: product\nwith: { productSKU: a }',
    'save: abandoned_cart\nwith: { sku: a }',
    'save: abandoned_browse\nwith: { sku: a }',
    'save: wishlist\nwith: { listName: mine, sku: a }',
    'save: recommended_product\nwith: { sku: a }',
    'save: coupon\nwith: { listName: a, value: b }',
    'save: related_data\nwith: { datasetName: a, key: b, attributes: { c: d } }\nmode: update',
    'save: related_data\nwith: { datasetName: a, key: b, attributes: { c: d } }\nmode: add',
    'start_automation: board\nwith: { a: b }',
    'webhook: https://example.com\nid: hook\nmethod: POST\nheaders: { X-A: b }\nbody: { a: "${event.order_id}" }\ntimeout: 10 seconds\nexpect: [200, 404]\nretry: { attempts: 3, backoff: 10 seconds }\nauth: { bearer: TOKEN }',
    'send_email: nudge\nid: one\nname: The one\nif: event.total > 1.0\nretry: { attempts: 2, backoff: 1 minute }\non_error: park',
    'send_email: nudge\non_error: continue',
    'send_email: nudge\non_error: exit',
  ])('%s', (step) => {
    expect(problems(`${FLOW}steps:\n${indent(step)}`)).toEqual([]);
  });

  test('the answer of a webhook, the round of a repeat, the arm of a split, the event of a wait', () => {
    const steps = [
      'webhook: https://example.com\nid: hook',
      'split: test\nid: arms\narms: { a: { percent: 100 } }',
      'wait_for: order_placed\nid: came\ntimeout: 1 day',
      'repeat: 2\nid: rounds\nsteps: [{ wait: 1 day }, { assign: { r: "${steps.rounds.round}" } }]',
      'assign: { s: "${steps.hook.status}", b: "${steps.hook.body}", a: "${steps.arms.arm}", e: "${steps.came.event.total}" }',
    ];
    expect(problems(`${FLOW}steps:\n${steps.map(indent).join('')}`)).toEqual([]);
  });
});

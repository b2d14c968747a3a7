/**
 * A month without Temporal, told: one person for each thing that can be under way. The same seven weeks are played twice, once
 * without the outage, so that what it changes stands side by side.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { decideHold } from '../../src/operate/holds.ts';
import { resolveStep, stuckSteps } from '../../src/operate/resolve.ts';
import type { Project } from '../../src/plan/project.ts';
import { type VirtualEngine, virtualEngine } from '../support/virtual/engine.ts';
import { DAY, HOUR } from './month-model.ts';
import { expectSettled } from './settled.ts';

/** a Monday; the outage is from Thursday the 12th, 12:30, to Saturday, April 11th, 12:30 */
const START = Date.parse('2026-03-02T00:00:00Z');
const FROM = START + 10 * DAY + 12.5 * HOUR;
const TO = FROM + 30 * DAY;
const END = START + 70 * DAY;

const MESSAGES = ['hello', 'more', 'late', 'thanks', 'nudge', 'night', 'yes', 'no', 'again', 'birthday', 'monday'];
const project: Project = {
  ...{ project: 'shop', timezone: 'UTC', timezone_attribute: null, groups: null, apps: null, events: null },
  attributes: { Birthday: 'date' },
  messages: Object.fromEntries(
    MESSAGES.map((name, at) => [name, { channel: 'email', id: String(at), parameters: null }]),
  ),
  sources: { shop: { type: 'api', secrets: ['SHOP_TOKEN'], credential: 'token' } },
};

const FLOWS = [
  `flow: waits
on: signup
exit_on: unsubscribed
goal: { event: bought, name: bought, within: 20 days }
steps:
  - send_email: hello
  - wait: 1 week
  - send_email: more`,
  `flow: skips
on: trial
on_late: skip
max_event_age: 6 hours
steps:
  - send_email: hello
  - wait: 1 week
  - send_email: late
  - wait: 1 week
  - send_email: more`,
  `flow: asks
on: cart
steps:
  - wait_for: order
    timeout: 1 week
    then:
      - send_email: thanks
    else:
      - send_email: nudge`,
  `flow: quiet
on: note
quiet_hours: { from: "22:00", to: "08:00" }
steps:
  - wait: 1 week
  - send_email: night`,
  `flow: held
on: proposal
steps:
  - hold: "sure?"
    id: sure
    timeout: 1 week
    then:
      - send_email: yes
    else:
      - send_email: no`,
  `flow: again
on: retry
steps:
  - send_email: again
    id: first`,
  `flow: birthday
on: { date: Birthday, at: "09:00" }
steps:
  - send_email: birthday`,
  `flow: monday
on: { schedule: "0 9 * * mon", audience: weekly }
reentry: always
steps:
  - send_email: monday`,
];

/** By person: what became of them, in lines such as `03-10T09:00 hello`; what is not a message says so. */
type Played = ReadonlyMap<string, readonly string[]>;

/** Plays the seven weeks. */
async function play(away: boolean): Promise<Played> {
  const engine = await virtualEngine({ project, start: START, renewAfter: 4 });
  await engine.publish(FLOWS);
  let posted = 0;
  const agenda: { at: number; act: () => Promise<unknown> }[] = [];
  const at = (day: number, hour: number, act: () => Promise<unknown>) =>
    agenda.push({ at: START + day * DAY + hour * HOUR, act });
  /** days from the start; a `time` is how many hours old the event is when it comes */
  const people = new Set<string>();
  const on = (
    day: number,
    hour: number,
    who: string,
    event: string,
    more: { data?: object; old?: number; birthday?: string } = {},
  ) => {
    posted += 1;
    people.add(who);
    const id = `${event}-${posted}`;
    const received = START + day * DAY + hour * HOUR;
    const one = {
      ...{ event, id, time: new Date(received - (more.old ?? 0) * HOUR).toISOString(), data: more.data ?? {} },
      contact: {
        email: `${who}@example.com`,
        ...(more.birthday !== undefined && { attributes: { Birthday: more.birthday } }),
      },
    };
    at(day, hour, () => engine.post([one]));
    // Every producer repeats itself, in the outage too.
    at(day + 3, hour, async () => expect(await engine.post([one])).toMatchObject({ accepted: 0, duplicates: 1 }));
  };

  // In the middle of a wait when it begins.
  on(8, 9, 'waiting', 'signup');
  on(8, 9, 'leaving', 'signup');
  on(20, 9, 'leaving', 'unsubscribed');
  on(8, 9, 'buying', 'signup');
  on(20, 9, 'buying', 'bought');
  on(8, 9, 'late', 'trial');
  on(8, 9, 'ordering', 'cart');
  on(12, 9, 'ordering', 'order');
  on(8, 9, 'too-late', 'cart');
  on(25, 9, 'too-late', 'order');
  on(8, 9, 'silent', 'cart');
  // Its wait ends at night; Temporal is back at noon.
  on(8, 23, 'sleeping', 'note');
  on(8, 9, 'approved', 'proposal');
  on(8, 9, 'unheard', 'proposal');
  on(10, 12, 'parked', 'retry');
  // All of it happens while it is away, out of order as to when it happened.
  on(15, 9, 'entering', 'signup', { old: 20 });
  on(15, 10, 'passing', 'signup');
  on(16, 10, 'passing', 'unsubscribed', { old: 30 });
  on(15, 11, 'trying', 'trial');
  on(15, 12, 'too-old', 'trial', { old: 7 });
  on(15, 13, 'quick', 'cart');
  on(16, 13, 'quick', 'order');
  // Dates and schedules: what is more than a week old is not caught up.
  on(1, 9, 'march', 'known', { birthday: '1990-03-20' });
  on(1, 9, 'april', 'known', { birthday: '1990-04-08' });
  on(1, 9, 'weekly', 'audience_entered', { data: { audience: 'weekly' } });

  at(10, 11, () => faulty(engine, [{ status: 500, subtype: 'email', times: 1, afterQueueing: true }]));
  at(18, 9, async () => {
    const [held] = await engine.entriesOf('approved@example.com');
    const hold = { ...held!, entry: held!.id, step: 'sure', text: null, since: '' };
    expect(await decideHold(engine.store, hold, 'approved')).toBeNull();
    const stuck = await stuckSteps(engine.store, async () => null, { state: 'unknown' });
    expect(stuck).toHaveLength(1);
    expect(await resolveStep(engine.store, stuck[0]!, 'sent')).toBeNull();
  });

  const steps = [...agenda];
  if (away) {
    steps.push({ at: FROM, act: async () => engine.leave({ routing: true }) });
    steps.push({ at: TO, act: () => engine.back('timers', () => 0) });
  }
  for (const { at: moment, act } of steps.sort((a, b) => a.at - b.at)) {
    await engine.to(Math.max(moment, engine.now()));
    await act();
  }
  await engine.to(END);
  const played = new Map<string, string[]>();
  for (const who of people) {
    const entries = await engine.entriesOf(`${who}@example.com`);
    played.set(who, entries.flatMap(({ lines }) => lines).flatMap(told));
  }
  await expectSettled(engine);
  await engine.close();
  return played;
}

/** Nothing of entries, waits and ordinary ends. */
function told(line: string): string[] {
  if (/ (enter|wait|wait_for) /.test(line) || line.endsWith(' exit completed')) return [];
  return [line.replace('send_email ', '').replace(/ sent$/, '')];
}

async function faulty(engine: VirtualEngine, rules: readonly object[]): Promise<void> {
  const answer = await fetch(new URL('/faults', engine.sandboxUrl), { method: 'PUT', body: JSON.stringify(rules) });
  expect(answer.ok).toBe(true);
}

let outage: Played;
let without: Played;
beforeAll(async () => {
  without = await play(false);
  outage = await play(true);
});

/** Mondays from the outage on. */
const MONDAYS = ['04-06', '04-13', '04-20', '04-27', '05-04'].map((day) => `${day}T09:00 monday`);

/** Who, without the outage, and with it. */
const STORY: readonly (readonly [who: string, without: readonly string[], outage: readonly string[]])[] = [
  // What was due meanwhile is done when Temporal is back, as `on_late` says.
  ['waiting', ['03-10T09:00 hello', '03-17T09:00 more'], ['03-10T09:00 hello', '04-11T12:30 more']],
  [
    'late',
    ['03-10T09:00 hello', '03-17T09:00 late', '03-24T09:00 more'],
    ['03-10T09:00 hello', '04-11T12:30 late skipped late', '04-18T12:30 more'],
  ],
  ['sleeping', ['03-18T08:00 night'], ['04-11T12:30 night']],
  // Whoever left before that is sent nothing; of a goal the receipt counts.
  ['leaving', ['03-10T09:00 hello', '03-17T09:00 more'], ['03-10T09:00 hello', '04-11T12:30 exit unsubscribed']],
  [
    'buying',
    ['03-10T09:00 hello', '03-17T09:00 more'],
    ['03-10T09:00 hello', '04-11T12:30 goal bought', '04-11T12:30 more'],
  ],
  // Time-out or event: which of them was first is a matter of receipt.
  ['ordering', ['03-14T09:00 thanks'], ['04-11T12:30 thanks']],
  ['too-late', ['03-17T09:00 nudge'], ['04-11T12:30 nudge']],
  ['silent', ['03-17T09:00 nudge'], ['04-11T12:30 nudge']],
  // Operators decide meanwhile, about what they see held.
  [
    'approved',
    ['03-17T09:00 hold sure timed_out', '03-17T09:00 no'],
    ['04-11T12:30 hold sure approved', '04-11T12:30 yes'],
  ],
  [
    'unheard',
    ['03-17T09:00 hold sure timed_out', '03-17T09:00 no'],
    ['04-11T12:30 hold sure timed_out', '04-11T12:30 no'],
  ],
  ['parked', ['03-20T09:00 again'], ['04-11T12:30 again']],
  // What came in meanwhile: its age is that at its receipt, and its exit comes with it.
  ['entering', ['03-17T09:00 hello', '03-24T09:00 more'], ['04-11T12:30 hello', '04-18T12:30 more']],
  ['passing', ['03-17T10:00 hello', '03-18T10:00 exit unsubscribed'], ['04-11T12:30 exit unsubscribed']],
  [
    'trying',
    ['03-17T11:00 hello', '03-24T11:00 late', '03-31T11:00 more'],
    ['04-11T12:30 hello skipped late', '04-18T12:30 late', '04-25T12:30 more'],
  ],
  ['too-old', [], []],
  ['quick', ['03-18T13:00 thanks'], ['04-11T12:30 thanks']],
  // Dates and schedules are caught up for a week.
  ['march', ['03-20T09:00 birthday'], []],
  ['april', ['04-08T09:00 birthday'], ['04-11T12:30 birthday']],
  [
    'weekly',
    [...['09', '16', '23', '30'].map((day) => `03-${day}T09:00 monday`), ...MONDAYS],
    ['03-09T09:00 monday', '04-11T12:30 monday', ...MONDAYS.slice(1)],
  ],
];

describe('a month without Temporal', () => {
  it.each(STORY)('%s', (who, usual, late) => {
    expect({ usual: without.get(who), late: outage.get(who) }).toEqual({ usual, late });
  });
});

/**
 * What a month without Temporal may change, as a model of its own: an event counts by its receipt, in order of receipt; whatever was
 * to be done meanwhile is done when Temporal is back, after everything that was received by then. Pure: no engine, no clock.
 */

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** `on_late`: less is the ordinary pace of queues */
const LATE = 5 * MINUTE;
/** `max_event_age` unless a flow says otherwise */
const MAX_AGE = DAY;

export interface Received {
  readonly name: string;
  /** ms since the epoch: when it came in; no two are the same */
  readonly at: number;
  /** how old it was then, ms */
  readonly age: number;
  /** which cart it is about */
  readonly cart?: string;
}

/** From when to when (ms since the epoch) Temporal is away; null: it stays. */
export type Outage = { readonly from: number; readonly to: number } | null;

/** `two sent 03-05T10:20`, `two late …`, `two cap …` */
export type Message = string;

export const FLOWS = [
  `flow: waits
on: signup
reentry: once
exit_on: unsubscribed
steps:
  - send_email: one
  - wait: 3 days
  - send_email: two`,
  `flow: skips
on: signup
reentry: once
exit_on: unsubscribed
on_late: skip
steps:
  - send_email: three
  - wait: 3 days
  - send_email: four`,
  `flow: orders
on: cart
key: event.cart
reentry: always
steps:
  - wait_for: order
    match: [cart]
    timeout: 4 days
    then:
      - send_email: thanks
    else:
      - send_email: nudge`,
  `flow: members
on: { audience_entered: vips }
exit_on: { audience_exited: vips }
steps:
  - wait: 10 days
  - send_email: five`,
  `flow: capped
on: ping
reentry: always
frequency_cap: { messages: 2, per: 7 days }
steps:
  - send_email: six`,
  `flow: quiet
on: note
reentry: always
quiet_hours: { from: "22:00", to: "08:00" }
steps:
  - send_email: seven`,
  `flow: window
on: visit
reentry: always
on_late: next_window
steps:
  - wait: { for: 2 days, at: "09:00" }
  - send_email: eight`,
  `flow: restarts
on: browse
reentry: restart
steps:
  - wait: 1 day
  - send_email: nine`,
];

/** All messages of one person, in no order. `events` in order of receipt, each once. */
export function expected(events: readonly Received[], outage: Outage): Message[] {
  const made: Message[] = [];
  const put = (message: string, state: string, at: number) => made.push(`${message} ${state} ${minute(at)}`);
  /** when what is due at `t` is done */
  const done = (t: number) => (outage !== null && t >= outage.from && t < outage.to ? outage.to : t);
  const all = (name: string) => events.filter((event) => event.name === name);
  const starts = (name: string) => all(name).filter(({ age }) => age <= MAX_AGE);
  const heard = (name: string, after: number, before: number) => all(name).some(({ at }) => at > after && at < before);

  for (const { at } of starts('signup').slice(0, 1)) {
    const began = done(at);
    const second = done(began + 3 * DAY);
    const leftBefore = (moment: number) => heard('unsubscribed', at, moment);
    if (leftBefore(began)) continue;
    put('one', 'sent', began);
    put('three', began - at > LATE ? 'late' : 'sent', began);
    if (leftBefore(second)) continue;
    put('two', 'sent', second);
    put('four', second - began - 3 * DAY > LATE ? 'late' : 'sent', second);
  }

  for (const { at, cart } of starts('cart')) {
    const until = done(at) + 4 * DAY;
    const order = all('order').find((one) => one.cart === cart && one.at > at && one.at <= until);
    if (order === undefined) put('nudge', 'sent', done(until));
    else put('thanks', 'sent', done(order.at));
  }

  let member: { readonly ends: number } | null = null;
  for (const { name, at, age } of events) {
    const now = done(at);
    if (member !== null && member.ends < now) {
      put('five', 'sent', member.ends);
      member = null;
    }
    if (name === 'audience_exited') member = null;
    if (name === 'audience_entered' && age <= MAX_AGE) member ??= { ends: done(now + 10 * DAY) };
  }
  if (member !== null) put('five', 'sent', member.ends);

  const taken: number[] = [];
  for (const { at } of starts('ping')) {
    const now = done(at);
    const free = taken.filter((one) => one > now - 7 * DAY).length < 2;
    put('six', free ? 'sent' : 'cap', now);
    if (free) taken.push(now);
  }

  for (const { at } of starts('note')) {
    let now = done(at);
    while (isQuiet(now)) now = done(clock(now + 1, 8));
    put('seven', 'sent', now);
  }

  for (const { at } of starts('visit')) {
    const due = clock(done(at) + 2 * DAY, 9);
    const now = done(due);
    put('eight', 'sent', now - due > LATE ? clock(now + 1, 9) : now);
  }

  for (const { at } of starts('browse')) {
    const now = done(done(at) + DAY);
    if (!starts('browse').some((one) => one.at > at && one.at < now)) put('nine', 'sent', now);
  }
  return made;
}

/** The first moment from `from` on at which a clock in UTC shows the full hour. */
function clock(from: number, hour: number): number {
  const today = Math.floor(from / DAY) * DAY + hour * HOUR;
  return today >= from ? today : today + DAY;
}

function isQuiet(at: number): boolean {
  const hour = (at % DAY) / HOUR;
  return hour >= 22 || hour < 8;
}

export function minute(at: number): string {
  return new Date(at).toISOString().slice(5, 16);
}

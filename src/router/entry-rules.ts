/** Who may enter, as far as neither earlier entries nor the store have a say: pure, the same in the router and in tests of flows. */
import { countsAsked } from '../plan/counts.ts';
import { formatDuration } from '../plan/duration.ts';
import type { ReadRequest } from '../plan/effect.ts';
import { evaluate, type Scope, truthy } from '../plan/evaluate.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import type { Json } from '../plan/json.ts';
import { isZone } from '../plan/local-time.ts';
import type { Listener, Plan } from '../plan/plan.ts';
import { mergeReads, readsOf } from '../plan/reads.ts';
import { keyText, LONGEST_KEY } from './run-key.ts';

/** The contact an event happened to, as `on` and `key` see it. */
export interface EntryContact {
  readonly contact: { readonly [name: string]: Json };
  /** by group id */
  readonly groups: { readonly [id: string]: boolean };
  /** the contact's own zone */
  readonly timezone: string | null;
  /** what `entryReads` asks for: by flow, and by the key of the count */
  readonly flows?: { readonly [flow: string]: boolean };
  readonly counts?: { readonly [key: string]: number };
}

/** What `on` and `key` ask beyond the contact. */
export interface EntryReads {
  readonly flows: readonly string[];
  readonly counts: NonNullable<ReadRequest['counts']>;
}

/** Null, as nearly always: nothing. */
export function entryReads(plan: Plan, event: CanonicalEvent, who: EntryContact, now: number): EntryReads | null {
  const conditions = startersOf(plan, event).map(({ where }) => where);
  const { flows = [], counts = [] } = mergeReads([...conditions, plan.key].map(readsOf));
  if (flows.length + counts.length === 0) return null;
  return { flows, counts: countsAsked(counts, scopeOf(plan, event, who, now)) };
}

function startersOf(plan: Plan, event: CanonicalEvent): Listener[] {
  return plan.on.filter(
    ({ event: name, from }) => name === event.name && (from === undefined || from === event.origin?.flow),
  );
}

/** `what` is the reason in a word, as decisions keep it: `where`, `too_old`, … */
export interface Refusal {
  readonly what: string;
  readonly detail?: string;
  /** of `where`: the places in `on` whose conditions were false */
  readonly on?: readonly number[];
}

/**
 * Whether an event may start a flow, and with which key; what `reentry` says of it comes after. `plan.on` must have a
 * listener of the event's name. `now` in ms.
 */
export function judgeEvent(
  plan: Plan,
  status: string,
  event: CanonicalEvent,
  who: EntryContact,
  now: number,
): Refusal | { readonly key: string | null } {
  if (status !== 'active') return { what: 'status', detail: status };
  if (event.development === true) return { what: 'development' };
  if (event.replay === true) return { what: 'replay' };
  if (isOwn(event, plan.flow)) return { what: 'own_event' };
  const age = Date.parse(event.received) - Date.parse(event.time);
  // Who was in an audience long before we heard of it: `where` says whether the flow takes these (`backfill: true`).
  const isBackfill = event.name === 'audience_entered' && event.data.backfill === true;
  if (age > plan.max_event_age && !isBackfill) return { what: 'too_old', detail: `${roughly(age)} old when received` };

  const scope = scopeOf(plan, event, who, now);
  const listeners = startersOf(plan, event);
  if (listeners.length === 0) return { what: 'from_flow', detail: `its "on" does not take "${event.origin?.flow}"` };
  if (!listeners.some(({ where }) => where === null || truthy(evaluate(where, scope))))
    return { what: 'where', on: listeners.map((listener) => plan.on.indexOf(listener)) };
  const key = plan.key === null ? null : keyText(evaluate(plan.key, scope));
  if (plan.key !== null && key === null) return { what: 'no_key' };
  if (key !== null && key.length > LONGEST_KEY) {
    return { what: 'key_too_long', detail: `${key.length} characters, at most ${LONGEST_KEY}` };
  }
  return { key };
}

/** `2 hours 5 minutes`: in whole minutes from an hour on, in whole hours from two days on. */
function roughly(ms: number): string {
  const unit = ms >= 2 * DAY ? 3_600_000 : ms >= 3_600_000 ? 60_000 : 1_000;
  const whole = Math.round(ms / unit) * unit;
  const days = whole >= 2 * DAY ? Math.floor(whole / DAY) : 0;
  return formatDuration({ months: 0, days, ms: whole - days * DAY });
}

const DAY = 86_400_000;

/**
 * What a run does to its own contact is an event for other flows: what it emits, a profile or group it changes. `start_flow`
 * names the flow it means, and what it does to another contact is theirs.
 */
export function isOwn({ name, origin }: CanonicalEvent, flow: string): boolean {
  return origin?.flow === flow && !origin.elsewhere && name !== 'from_flow';
}

/** What runs inside do not hear and goals do not count. Of the messages that their own flow sends they do: those start nothing. */
export function isUnheard(event: CanonicalEvent, flow: string): boolean {
  return event.name !== 'message_sent' && isOwn(event, flow);
}

/** `on` knows the event, the contact and the time; nothing of a run. */
function scopeOf(
  plan: Plan,
  event: CanonicalEvent,
  { contact, groups, timezone, flows = {}, counts = {} }: EntryContact,
  now: number,
): Scope {
  const { name, id, time, source, data } = event;
  return {
    event: data,
    incoming: data,
    trigger: { name, id, time, source },
    contact,
    groups,
    flows,
    counts,
    vars: {},
    steps: {},
    run: {},
    now: new Date(now).toISOString(),
    timezone: flowZone(plan, timezone),
  };
}

/** The flow's zone for a contact whose own zone is `own`. */
export function flowZone(plan: Plan, own: string | null): string {
  if (plan.timezone !== 'contact') return plan.timezone;
  return own !== null && isZone(own) ? own : plan.project_timezone;
}

/** Who may enter, as far as neither earlier entries nor the store have a say: pure, the same in the router and in tests of flows. */
import { evaluate, type Scope, truthy } from '../plan/evaluate.ts';
import type { CanonicalEvent } from '../plan/event.ts';
import type { Json } from '../plan/json.ts';
import { isZone } from '../plan/local-time.ts';
import type { Plan } from '../plan/plan.ts';
import { keyText, LONGEST_KEY } from './run-key.ts';

/** The contact an event happened to, as `on` and `key` see it. */
export interface EntryContact {
  readonly contact: { readonly [name: string]: Json };
  /** by group id */
  readonly groups: { readonly [id: string]: boolean };
  /** the contact's own zone */
  readonly timezone: string | null;
}

/** `what` is the reason in a word, as decisions keep it: `where`, `too_old`, … */
export interface Refusal {
  readonly what: string;
  readonly detail?: string;
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
  const age = Date.parse(event.received) - Date.parse(event.time);
  if (age > plan.max_event_age) return { what: 'too_old', detail: `${Math.round(age / 1000)} s old when received` };

  const scope = scopeOf(plan, event, who, now);
  const listeners = plan.on.filter((listener) => listener.event === event.name);
  if (!listeners.some(({ where }) => where === null || truthy(evaluate(where, scope)))) return { what: 'where' };
  const key = plan.key === null ? null : keyText(evaluate(plan.key, scope));
  if (plan.key !== null && key === null) return { what: 'no_key' };
  if (key !== null && key.length > LONGEST_KEY) {
    return { what: 'key_too_long', detail: `${key.length} characters, at most ${LONGEST_KEY}` };
  }
  return { key };
}

/** `on` knows the event, the contact and the time; nothing of a run. */
function scopeOf(plan: Plan, event: CanonicalEvent, { contact, groups, timezone }: EntryContact, now: number): Scope {
  const { name, id, time, source, data } = event;
  return {
    event: data,
    incoming: data,
    trigger: { name, id, time, source },
    contact,
    groups,
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

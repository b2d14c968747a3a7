/** Forms that several keys share. A description says, in messages and docs, what is accepted. */
import * as z from 'zod';
import { RESERVED_EVENTS } from '../plan/reserved-events.ts';

export const text = z.string().describe('a text');
/** A text of at most `length` characters. */
export function short(length: number) {
  return z.string().min(1).max(length).describe(`a text of at most ${length} characters`);
}

export const expression = z.string().describe('an expression');
export const steps = z.array(z.unknown()).describe('a list of steps');
export const values = z.record(z.string(), z.unknown()).describe('a map of names and values');

export const stepId = z
  .string()
  .regex(/^[a-z0-9_]{1,64}$/)
  .describe('a name of a-z, 0-9 and "_", at most 64 characters');

export const zone = z.string().describe('an IANA time zone such as "Europe/Berlin", or "contact"');
export const WEEKDAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;
const weekday = z.enum(WEEKDAYS).describe('one of "mon", "tue", "wed", "thu", "fri", "sat" and "sun"');
export const period = z.string().describe('a period such as "3 days"');

export const weekdays = z.union([weekday, z.array(weekday)]).describe('a list of weekdays such as [mon, tue]');
export const clockTime = z
  .string()
  .regex(/^([01]?\d|2[0-3]):[0-5]\d$/)
  .describe('a clock time such as "09:00"');

/** A wait's map; `for` and `until` exclude each other. */
export const waitMap = z.strictObject({
  for: period.optional(),
  until: z.string().describe('an expression that gives a timestamp or a date').optional(),
  offset: period.optional(),
  weekdays: weekdays.optional(),
  at: clockTime.optional(),
  timezone: zone.optional(),
});
export const wait = z
  .union([period, waitMap])
  .describe('a period such as "3 days", or a map of "for" or "until", "offset", "weekdays", "at" and "timezone"');

const match = z
  .union([z.string(), z.array(z.string().describe('the name of a field'))])
  .describe('a list of field names such as [order_id]');
export const eventName = z.string().describe('the name of an event');

/** Of some reserved events: the send that a message event is about; whether a member of long standing starts the flow. */
const reservedKeys = { step: stepId.optional(), backfill: z.boolean().optional() };

export const listenerKeys = { where: expression.optional(), match: match.optional() };
/** Keys that may stand for one that is required, by the map they stand in. */
export const standIns = z.registry<{ readonly key: string; readonly instead: readonly string[] }>();

/** Of entries that time brings about, which have a place in `on`. */
export const timedKeys = {
  offset: period.optional(),
  weekdays: weekdays.optional(),
  at: clockTime.optional(),
  timezone: zone.optional(),
  yearly: z.boolean().optional(),
  audience: z.string().min(1).describe('the name of an audience').optional(),
  group: z.string().min(1).describe('the name of a group').optional(),
  only: z.enum(['new']).optional(),
};

/** A reserved event may be the key itself, with its main field as value (LANGUAGE.md §3). */
const SHORTHANDS = Object.keys(RESERVED_EVENTS).filter((event) => RESERVED_EVENTS[event]?.main !== null);
const mainField = z.string().min(1).describe('a text');

/** An event, an entry with more keys, or a list of them. */
export function eventsSchema<S extends z.ZodRawShape>(more: S) {
  const shorthands = Object.fromEntries(SHORTHANDS.map((event) => [event, mainField.optional()]));
  const entry = z.strictObject({ event: eventName, ...shorthands, ...listenerKeys, ...reservedKeys, ...more });
  standIns.add(entry, { key: 'event', instead: SHORTHANDS });
  return z
    .union([eventName, entry, z.array(z.union([eventName, entry]).describe('an event name, or a map with "event"'))])
    .describe('an event name, a map with "event", or a list of them');
}

/** Entries that time brings about instead of an event (LANGUAGE.md §3): a date that comes round, a schedule. */
import type { Duration, WaitSpec } from './plan.ts';

/** For every contact whose attribute holds a date. */
export interface DateEntry extends Pick<WaitSpec, 'offset' | 'weekdays' | 'at'> {
  readonly attribute: string;
  readonly offset?: Duration;
  /** IANA zone, or `contact` */
  readonly timezone: string;
  /** the zone of contacts without one */
  readonly outer: string;
  /** the date comes round every year; else once */
  readonly yearly: boolean;
}

/** For every contact of a group or an audience. */
export interface ScheduleEntry {
  /** five fields, days and months as numbers or names; or one moment: `2026-11-27T09:00`, local */
  readonly cron?: string;
  readonly moment?: string;
  /** IANA zone */
  readonly timezone: string;
  /** id */
  readonly group?: string;
  readonly audience?: string;
  /** only contacts who were never in the flow */
  readonly only?: 'new';
}

/** Input of the system workflow that a Temporal schedule starts, and of its activity. */
export interface TimedEntry {
  readonly flow: string;
  readonly date?: DateEntry;
  readonly schedule?: ScheduleEntry;
}

/** What is due at one moment, in portions. */
export interface DueRequest extends TimedEntry {
  /** ISO 8601 UTC: the moment the schedule names, however late this is asked */
  readonly at: string;
  /** id of the last person of the portion before; null: the first portion */
  readonly after: string | null;
}

export type TimedActivities = {
  /** writes events into the inbox; answers where to go on, null at the end */
  enterDue(request: DueRequest): Promise<string | null>;
};

/** How often dates are looked at where their moment is not the same for everybody, in ms. */
export const DATE_EVERY_MS = 15 * 60_000;

/** Whether everybody's moment is one clock time of one zone. */
export function isDaily({ at, timezone }: DateEntry): boolean {
  return at !== undefined && timezone !== 'contact';
}

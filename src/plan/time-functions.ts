/** Time functions of LANGUAGE.md §4. What cannot be read is null. */
import { parseDuration } from './duration.ts';
import { formatTime } from './format-time.ts';
import type { FunctionTable } from './functions.ts';
import { formatDate, parseDate, toTimestamp } from './iso-time.ts';
import type { Json } from './json.ts';
import { addDuration, localTime, momentOfText } from './local-time.ts';
import type { Duration } from './plan.ts';
import { isDate } from './values.ts';

export const TIME_FUNCTIONS: FunctionTable = {
  /** a moment before `now`, on the calendar of the zone */
  ago: ([text], { now, timezone }) => {
    const period = periodOf(text);
    return period === null
      ? null
      : shift(now, { months: -period.months, days: -period.days, ms: -period.ms }, timezone);
  },
  /** a date stays a date unless the period has hours or less */
  shift: ([time, text], { timezone }) => {
    const period = periodOf(text);
    return typeof time === 'string' && period !== null ? shift(time, period, timezone) : null;
  },
  /** the day of a moment on the calendar of the zone */
  date: ([time], { timezone }) => {
    if (typeof time !== 'string' || isDate(time)) return time ?? null;
    const moment = momentOfText(time, timezone);
    return moment === null ? null : formatDate(localTime(moment, timezone));
  },
  /** canonical form; a date, and a time without an offset, hold in the zone */
  timestamp: ([time], { timezone }) => {
    const moment = typeof time === 'string' ? momentOfText(time, timezone) : null;
    return moment === null ? null : toTimestamp(moment);
  },
  format: ([time, pattern], { timezone }) => {
    if (typeof time !== 'string' || typeof pattern !== 'string') return null;
    const moment = momentOfText(time, timezone);
    return moment === null ? null : formatTime(localTime(moment, timezone), pattern);
  },
};

function periodOf(text: Json | undefined): Duration | null {
  return typeof text === 'string' ? parseDuration(text) : null;
}

function shift(time: string, period: Duration, zone: string): string | null {
  const date = parseDate(time);
  const moment = momentOfText(time, zone);
  if (moment === null) return null;
  if (date === null || period.ms !== 0) return toTimestamp(addDuration(moment, period, zone));
  // in UTC, where every date has a midnight
  const shifted = toTimestamp(addDuration(momentOfText(time, 'UTC') ?? moment, period, 'UTC'));
  return shifted === null ? null : shifted.slice(0, 10);
}

import { isNegative, isZero, parseDuration } from './duration.ts';
import type { Expr } from './expression.ts';
import { isWritable, type LocalTime } from './iso-time.ts';
import type { Json } from './json.ts';
import { addDuration, localTime, momentOf, momentOfText, weekdayOf } from './local-time.ts';
import type { Duration, WaitSpec } from './plan.ts';

export interface WaitContext {
  /** when the wait began, ms on the run's clock */
  readonly began: number;
  /** IANA zone: `spec.timezone`, with `contact` and the default resolved by the caller */
  readonly zone: string;
  value(expr: Expr): Json;
}

export type WaitEnd = { readonly until: number } | { readonly error: string };

/**
 * When a wait ends, ms on the run's clock (LANGUAGE.md §5, Time); at or before `began`: go on at once. A period or moment
 * that is null or cannot be read is an error, which fails the step. The length may depend on the Node's time zone data;
 * the caller therefore always starts a timer, whatever its length.
 */
export function resolveWait(spec: WaitSpec, context: WaitContext): WaitEnd {
  const end = spec.until === undefined ? periodEnd(spec, context) : momentEnd(spec, spec.until, context);
  if (typeof end === 'string') return { error: end };
  if (!isWritable(end)) return { error: 'the end of the wait lies beyond the year 9999' };
  return { until: end };
}

/** The first moment not before the period is over, on one of the weekdays at the clock time. */
function periodEnd(spec: WaitSpec, { began, zone, value }: WaitContext): number | string {
  const period = spec.for === undefined ? NONE : 'text' in spec.for ? readPeriod(value(spec.for.text)) : spec.for;
  if (typeof period === 'string') return period;
  const over = isZero(period) || isNegative(period) ? began : addDuration(began, period, zone);
  return onWeekday(spec, over, over, zone);
}

/** The moment plus `offset`, its date moved on to one of the weekdays, its clock time set by `at`. */
function momentEnd(spec: WaitSpec, until: Expr, { zone, value }: WaitContext): number | string {
  const found = value(until);
  const moment = typeof found === 'string' ? momentOfText(found, zone) : null;
  if (moment === null) return `expected a timestamp or a date to wait until, found ${quote(found)}`;
  return onWeekday(spec, addDuration(moment, spec.offset ?? NONE, zone), Number.NEGATIVE_INFINITY, zone);
}

/** The first moment from the day of `from` on, not before `earliest`, that is on one of the weekdays at the clock time. */
function onWeekday({ weekdays, at }: WaitSpec, from: number, earliest: number, zone: string): number | string {
  if (!isWritable(from)) return from;
  const local = localTime(from, zone);
  const isOn = (time: LocalTime) => weekdays === undefined || weekdays.includes(weekdayOf(time));
  // without `at` the clock time stays, also where the clock shows it twice
  if (at === undefined && isOn(local)) return from;
  const clock = at === undefined ? {} : { hour: Math.floor(at / 60), minute: at % 60, second: 0, ms: 0 };
  // the second week is for zones that once left out a whole day: the first may lack its Friday
  for (let days = 0; days <= 14; days += 1) {
    const moment = momentOf({ ...local, ...clock, day: local.day + days }, zone);
    if (moment >= earliest && isOn(localTime(moment, zone))) return moment;
  }
  return `none of the next 14 days is on one of the weekdays ${JSON.stringify(weekdays)}`;
}

function readPeriod(found: Json): Duration | string {
  const period = typeof found === 'string' ? parseDuration(found) : null;
  return period ?? `expected a period such as "3 days", found ${quote(found)}`;
}

const NONE: Duration = { months: 0, days: 0, ms: 0 };

function quote(found: Json): string {
  return JSON.stringify(found).slice(0, 80);
}

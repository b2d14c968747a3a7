/** When a wait ends, as written: for `wait` and for the time-out of `wait_for`. */
import { conflictingKeys, keyWithout, notADate, wrongValue } from '../diagnostics/codes-shape.ts';
import { isNegative, isZero, parseDuration } from '../plan/duration.ts';
import type { Duration, WaitSpec } from '../plan/plan.ts';
import { entry, type MapNode, textOf, type YamlNode } from '../source/node.ts';
import type { StepContext } from './definition.ts';
import { insertsExpression } from './inserts.ts';
import { WEEKDAYS } from './schemas.ts';
import { timeZone } from './time-zone.ts';

/** `node` has the form of `schemas.wait`. */
export function lowerWait(node: YamlNode, context: StepContext): WaitSpec {
  if (node.type !== 'map') return { for: period(node, context) };
  const spec = { ...endOf(node, context), ...dayAndTime(node, context) };
  return spec.for === undefined && spec.until === undefined ? { for: { months: 0, days: 0, ms: 0 }, ...spec } : spec;
}

function endOf(map: MapNode, context: StepContext): Pick<WaitSpec, 'for' | 'until' | 'offset'> {
  const lasting = entry(map, 'for');
  const until = entry(map, 'until');
  const offset = entry(map, 'offset');
  if (lasting !== undefined && until !== undefined) {
    context.report(until.keySpan, conflictingKeys('until', 'for', 'a wait ends after a period or at a moment'));
  }
  if (offset !== undefined && until === undefined) context.report(offset.keySpan, keyWithout('offset', '"until"'));
  if (until === undefined) return lasting === undefined ? {} : { for: period(lasting.value, context) };
  return {
    until: moment(until.value, context),
    ...(offset !== undefined && { offset: fixedPeriod(offset.value, context) }),
  };
}

function dayAndTime(map: MapNode, context: StepContext): Pick<WaitSpec, 'weekdays' | 'at' | 'timezone'> {
  const weekdays = entry(map, 'weekdays')?.value;
  const at = textOf(entry(map, 'at')?.value);
  const zone = entry(map, 'timezone')?.value;
  return {
    ...(weekdays !== undefined && { weekdays: weekdayNumbers(weekdays) }),
    ...(at !== null && { at: minutesOf(at) }),
    ...(zone !== undefined && { timezone: timeZone(zone, context.report, 'or contact') }),
  };
}

/** 1 = Monday … 7 = Sunday, sorted, each once. */
export function weekdayNumbers(node: YamlNode): number[] {
  const names = node.type === 'list' ? node.items.map(textOf) : [textOf(node)];
  const numbers = names
    .map((name) => WEEKDAYS.indexOf(name as (typeof WEEKDAYS)[number]) + 1)
    .filter((number) => number > 0);
  return [...new Set(numbers)].sort();
}

/** Minutes after midnight of a clock time such as 09:00. */
export function minutesOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number);
  return hours! * 60 + minutes!;
}

function period(node: YamlNode, context: StepContext): NonNullable<WaitSpec['for']> {
  const text = textOf(node);
  if (text !== null && insertsExpression(text)) return { text: context.scalar(node).expr };
  return fixedPeriod(node, context);
}

/** A period without `${…}`. */
export function fixedPeriod(node: YamlNode, { report }: Pick<StepContext, 'report'>): Duration {
  const text = textOf(node);
  const duration = text === null ? null : parseDuration(text);
  if (text !== null && duration === null) report(node.span, wrongValue('a period', PERIOD, text));
  return duration ?? { months: 0, days: 0, ms: 0 };
}

const PERIOD = 'a number with a unit such as "30 seconds", "2 hours 30 minutes", "3d" or "P3DT4H"';

/** A period that is longer than nothing, without `${…}`. */
export function positivePeriod(node: YamlNode, tools: Pick<StepContext, 'report'>): Duration {
  const duration = fixedPeriod(node, tools);
  const text = textOf(node);
  if (text !== null && parseDuration(text) !== null && (isNegative(duration) || isZero(duration))) {
    tools.report(node.span, wrongValue('a period', 'longer than nothing', text));
  }
  return duration;
}

const DAY_MS = 86_400_000;

/** ms of a period longer than nothing, as exact time: a day is 24 hours, and months have no length. `what`: `"backoff"`. */
export function exactPeriod(node: YamlNode, what: string, tools: Pick<StepContext, 'report'>): number {
  const { months, days, ms } = positivePeriod(node, tools);
  if (months !== 0)
    tools.report(node.span, wrongValue(what, 'a period of weeks, days, hours or less', textOf(node) ?? ''));
  return days * DAY_MS + ms;
}

/** A bare date is a subtraction to an expression: `2026-11-27` would be 1988. */
function moment(node: YamlNode, context: StepContext) {
  const text = textOf(node)?.trim() ?? '';
  const date = /^(\d{4}-\d\d-\d\d)([T ]\d\d:\d\d.*)?$/.exec(text);
  if (date === null) return context.expression(node, 'timestamp').expr;
  context.report(node.span, notADate(text, date[2] === undefined ? `date("${text}")` : `timestamp("${text}")`));
  return null;
}

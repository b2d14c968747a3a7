/** `date` and `schedule` in `on` (LANGUAGE.md §3). */
import { unknownGroup } from '../diagnostics/codes-names.ts';
import { conflictingKeys, keyWithout, missingKey, missingOneOf, wrongValue } from '../diagnostics/codes-shape.ts';
import type { Listener } from '../plan/plan.ts';
import type { DateEntry, ScheduleEntry } from '../plan/timed-entry.ts';
import { child, entry, type MapNode, textOf, type YamlNode } from '../source/node.ts';
import { timeZone } from '../steps/time-zone.ts';
import { fixedPeriod, minutesOf, weekdayNumbers } from '../steps/wait-settings.ts';
import type { FlowFacts } from './lower-steps.ts';

const OF_DATE = ['offset', 'weekdays', 'at', 'timezone', 'yearly'] as const;
const OF_SCHEDULE = ['audience', 'group', 'only'] as const;

/** What the entry of an event adds to its listener; nothing for events that are told. `written`: null for a bare name. */
export function timedEntry(
  on: Listener,
  written: MapNode | null,
  span: YamlNode['span'],
  facts: FlowFacts,
): Pick<Listener, 'date' | 'schedule'> {
  const report = facts.reporter.report.bind(facts.reporter);
  const refuse = (keys: readonly string[], needed: string) => {
    for (const key of keys) {
      const found = written === null ? undefined : entry(written, key);
      if (found !== undefined) report(found.keySpan, keyWithout(key, needed));
    }
  };
  if (on.event !== 'date') refuse(OF_DATE, '"date"');
  if (on.event !== 'schedule') refuse(OF_SCHEDULE, '"schedule"');
  if (on.event !== 'date' && on.event !== 'schedule') return {};
  const main = written === null ? null : textOf(child(written, on.event));
  if (written === null || main === null) {
    report(span, missingKey(on.event, 'an entry that time brings about'));
    return {};
  }
  return on.event === 'date'
    ? { date: dateEntry(main, written, facts) }
    : { schedule: scheduleEntry(main, written, facts) };
}

function dateEntry(attribute: string, written: MapNode, { reporter, timezone, project }: FlowFacts): DateEntry {
  const report = reporter.report.bind(reporter);
  const offset = child(written, 'offset');
  const weekdays = child(written, 'weekdays');
  const at = textOf(child(written, 'at'));
  const zone = child(written, 'timezone');
  const yearly = child(written, 'yearly');
  return {
    attribute,
    ...(offset !== undefined && { offset: fixedPeriod(offset, { report }) }),
    ...(weekdays !== undefined && { weekdays: weekdayNumbers(weekdays) }),
    ...(at !== null && { at: minutesOf(at) }),
    timezone: zone === undefined ? timezone : timeZone(zone, report, 'or contact'),
    outer: timezone === 'contact' ? project.timezone : timezone,
    yearly: !(yearly?.type === 'scalar' && yearly.value === false),
  };
}

function scheduleEntry(written: string, map: MapNode, { reporter, timezone, project }: FlowFacts): ScheduleEntry {
  const report = reporter.report.bind(reporter);
  const group = child(map, 'group');
  const audience = entry(map, 'audience');
  const name = textOf(group);
  if (
    group === undefined &&
    audience === undefined &&
    !map.misspelt?.some((key) => key === 'audience' || key === 'group')
  ) {
    report(entry(map, 'schedule')!.keySpan, missingOneOf(['audience', 'group'], '"schedule"'));
  }
  if (group !== undefined && audience !== undefined) {
    report(audience.keySpan, conflictingKeys('audience', 'group', 'a schedule is for the contacts of one of them'));
  }
  if (name !== null && project.groups !== null && !Object.hasOwn(project.groups, name)) {
    report(group!.span, unknownGroup(name, Object.keys(project.groups)));
  }
  const moment = momentOf(written);
  if (moment === null && !isCron(written)) {
    report(child(map, 'schedule')!.span, wrongValue('"schedule"', SCHEDULES, written));
  }
  const inAudience = textOf(audience?.value);
  return {
    ...(moment === null ? { cron: written.trim().toUpperCase() } : { moment }),
    timezone: timezone === 'contact' ? project.timezone : timezone,
    ...(name !== null && { group: project.groups?.[name] ?? name }),
    ...(inAudience !== null && { audience: inAudience }),
    ...(textOf(child(map, 'only')) === 'new' && { only: 'new' as const }),
  };
}

const SCHEDULES = 'five fields of cron such as "0 9 * * mon", or a moment such as 2026-11-27 09:00';

function momentOf(text: string): string | null {
  const [, date, clock] = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d)(?::00)?$/.exec(text.trim()) ?? [];
  if (date === undefined || clock === undefined) return null;
  const moment = `${date}T${clock}`;
  const read = new Date(`${moment}:00Z`);
  return Number.isNaN(read.getTime()) || !read.toISOString().startsWith(moment) ? null : moment;
}

/** Minute, hour, day of the month, month, weekday: the first and the last value, and the names. */
const FIELDS = [
  { from: 0, to: 59, names: [] },
  { from: 0, to: 23, names: [] },
  { from: 1, to: 31, names: [] },
  { from: 1, to: 12, names: 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ') },
  { from: 0, to: 7, names: 'sun mon tue wed thu fri sat'.split(' ') },
] as const;

function isCron(text: string): boolean {
  const fields = text.trim().toLowerCase().split(/\s+/);
  return fields.length === FIELDS.length && fields.every((field, at) => isField(field, FIELDS[at]!));
}

function isField(text: string, { from, to, names }: (typeof FIELDS)[number]): boolean {
  const value = (one: string) => {
    const named = names.indexOf(one as never);
    return named >= 0 ? named + from : /^\d{1,2}$/.test(one) ? Number(one) : Number.NaN;
  };
  return text.split(',').every((part) => {
    const [range = '', step, more] = part.split('/');
    if (more !== undefined || (step !== undefined && !/^[1-9]\d?$/.test(step))) return false;
    if (range === '*') return true;
    const ends = range.split('-').map(value);
    return ends.length <= 2 && ends.every((end) => end >= from && end <= to) && ends[0]! <= (ends[1] ?? ends[0]!);
  });
}

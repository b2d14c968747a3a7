/** For whom a timed entry is due at a moment. */
import { sql } from 'kysely';
import { daysIn, pad } from '../plan/iso-time.ts';
import type { Json } from '../plan/json.ts';
import { isZone, localTime } from '../plan/local-time.ts';
import { DATE_EVERY_MS, type DateEntry, type DueRequest, isDaily, type ScheduleEntry } from '../plan/timed-entry.ts';
import { resolveWait } from '../plan/wait-spec.ts';
import { dayForm } from '../store/crypto/seal-values.ts';
import { vaultOf } from '../store/crypto/vault.ts';
import type { Store } from '../store/store.ts';

/** Persons per portion. */
export const PORTION = 1_000;

const DAY = 86_400_000;
/** Weekdays move a date on by a week and more, `at` sets another clock time, zones are half a day apart. */
const DAYS_BEFORE = 16;
const DAYS_BEHIND = 2;

export interface DuePerson {
  readonly id: string;
  /** tells one occurrence from another, for ever */
  readonly occurrence: string;
  readonly value?: Json;
}

/** Answers a portion, and where the next one begins; null: there is none. */
export interface Portion {
  readonly due: readonly DuePerson[];
  readonly next: string | null;
}

export async function dueByDate(
  store: Store,
  { at, after }: DueRequest,
  entry: DateEntry,
  timezoneAttribute: string | null,
): Promise<Portion> {
  const moment = Date.parse(at);
  const vault = vaultOf(store.db);
  const days = daysAround(moment, entry);
  const value = sql`p.attributes->${entry.attribute}::text->'value'`;
  const isNear =
    vault === null
      ? sql`substr(${value}#>>'{}', 6, 5) = any(${days}::text[])`
      : sql`${value}->>'day' = any(${days.map((day) => dayForm(vault, day))}::text[])`;
  const { rows } = await sql<{ id: string; value: Json; zone: Json }>`
    select p.id, ${value} as value,
      coalesce(to_jsonb(p.timezone), p.attributes->${timezoneAttribute}::text->'value') as zone
    from persons p
    where p.merged_into is null and p.id > ${after ?? FIRST}::uuid
      and ${isNear}
    order by p.id limit ${PORTION}`.execute(store.db);
  const due = rows.flatMap(({ id, value, zone }): DuePerson[] => {
    if (typeof value !== 'string') return [];
    const known = typeof zone === 'string' && isZone(zone) ? zone : null;
    const own = entry.timezone !== 'contact' ? entry.timezone : (known ?? entry.outer);
    const day = occurrence(value, moment, own, entry);
    return day === null ? [] : [{ id, occurrence: day, value }];
  });
  return { due, next: rows.length < PORTION ? null : rows.at(-1)!.id };
}

const FIRST = '00000000-0000-0000-0000-000000000000';

/** `MM-DD` of every date that may be due at the moment; the last of February stands for the 29th in other years. */
function daysAround(moment: number, { offset }: DateEntry): string[] {
  const shift = offset === undefined ? 0 : offset.months * 30.5 * DAY + offset.days * DAY + offset.ms;
  const slack = offset === undefined ? 0 : Math.abs(offset.months) + 2;
  const days = new Set<string>();
  for (let n = -DAYS_BEFORE - slack; n <= DAYS_BEHIND + slack; n += 1) {
    days.add(new Date(moment - shift + n * DAY).toISOString().slice(5, 10));
  }
  if (days.has('02-28')) days.add('02-29');
  return [...days];
}

/** The date, as `2026-05-01`, whose moment lies between the last time it was looked at and this one. */
function occurrence(value: string, moment: number, zone: string, entry: DateEntry): string | null {
  const [, year = 0, month = 0, day = 0] = (/^(\d{4})-(\d\d)-(\d\d)/.exec(value) ?? []).map(Number);
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month)) return null;
  const since = moment - (isDaily(entry) ? DAY / 2 : DATE_EVERY_MS);
  const now = localTime(moment, zone).year;
  const years = entry.yearly ? [now - 1, now, now + 1].filter((one) => one >= year) : [year];
  for (const one of years) {
    const date = `${pad(one, 4)}-${pad(month, 2)}-${pad(Math.min(day, daysIn(one, month)), 2)}`;
    const { offset, weekdays, at } = entry;
    const spec = { until: date, ...{ offset, weekdays, at } };
    const end = resolveWait(spec, { began: 0, zone, value: (expr) => expr as Json });
    if ('until' in end && end.until > since && end.until <= moment) return date;
  }
  return null;
}

/** Of those merged into one the latest word counts: memberships were taken over by whoever remains. */
export async function dueBySchedule(
  store: Store,
  { flow, at, after }: DueRequest,
  { group, audience, only }: ScheduleEntry,
): Promise<Portion> {
  const members =
    group === undefined
      ? sql`(select distinct on (1) coalesce(known.merged_into, known.id) as person, i.name = 'audience_entered' as member
          from inbox i join persons known on known.id = i.person
          where i.name in ('audience_entered', 'audience_exited') and i.event->'data'->>'audience' = ${audience}
            and not coalesce((i.event->>'development')::boolean, false)
          order by 1, i.occurred_at desc, i.id desc)`
      : sql`(select person, member from memberships where group_id = ${group})`;
  const fresh =
    only === 'new'
      ? sql`not exists (select from entries e join persons was on was.id = e.person
          where (was.id = p.id or was.merged_into = p.id) and e.flow = ${flow})`
      : sql`true`;
  const { rows } = await sql<{ id: string }>`
    select p.id from ${members} m join persons p on p.id = m.person
    where m.member and p.merged_into is null and p.id > ${after ?? FIRST}::uuid and ${fresh}
    order by p.id limit ${PORTION}`.execute(store.db);
  return {
    due: rows.map(({ id }) => ({ id, occurrence: at })),
    next: rows.length < PORTION ? null : rows.at(-1)!.id,
  };
}

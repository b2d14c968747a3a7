/** Hours in which nobody is written to (LANGUAGE.md §2). */
import { localTime, momentOf, weekdayOf } from './local-time.ts';
import type { Channel } from './project.ts';

/** Every day, or on `weekdays`, from one clock time to another, past midnight where `to` is not after `from`. */
export interface QuietHours {
  /** minutes after midnight, local; equal: a whole day */
  readonly from: number;
  readonly to: number;
  /** days on which they begin: 1 = Monday … 7 = Sunday, sorted, never all of them for whole days */
  readonly weekdays?: readonly number[];
  /** IANA zone, or `contact`: that of the contact */
  readonly timezone: string;
  /** only messages of these channels are held */
  readonly channels?: readonly Channel[];
}

/**
 * The end of the quiet hours that `now` (ms) falls into, in `zone`; null when it falls into none. Their first moment is
 * quiet, their last one is not. Where one pair of hours ends as the next begins, the end of the last of them.
 */
export function quietUntil(hours: QuietHours, zone: string, now: number): number | null {
  let end: number | null = null;
  // A whole week without a gap is refused by the compiler.
  for (let days = 0; days < 8; days += 1) {
    const next = endOf(hours, zone, end ?? now);
    if (next === null) return end;
    end = next;
  }
  return end;
}

function endOf({ from, to, weekdays }: QuietHours, zone: string, now: number): number | null {
  const today = localTime(now, zone);
  const at = (days: number, minutes: number) =>
    momentOf(
      { ...today, day: today.day + days, hour: Math.floor(minutes / 60), minute: minutes % 60, second: 0, ms: 0 },
      zone,
    );
  for (const day of [-1, 0]) {
    const begin = at(day, from);
    const end = at(to <= from ? day + 1 : day, to);
    const begins = weekdays === undefined || weekdays.includes(weekdayOf(localTime(begin, zone)));
    if (begins && begin <= now && now < end) return end;
  }
  return null;
}

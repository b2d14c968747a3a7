import { isWritable } from './iso-time.ts';
import { addDuration, localTime, momentOf } from './local-time.ts';
import type { Duration } from './plan.ts';

const MINUTE = 60_000;

export interface Reactions {
  /** ms since the epoch */
  readonly now: number;
  readonly within: Duration;
  /** IANA zone: hours are those of its clock */
  readonly zone: string;
  /** opens and clicks, in minutes since the epoch */
  readonly reactions: readonly number[];
}

/**
 * When to go on: of the hours that begin within the period, and the one that runs now, the one in which the person reacted
 * most often; of equals the earliest. Now where none of them ever saw a reaction. In ms since the epoch.
 */
export function bestMoment({ now, within, zone, reactions }: Reactions): number {
  const counts = Array.from({ length: 24 }, () => 0);
  for (const minute of reactions) {
    const { hour } = localTime(minute * MINUTE, zone);
    counts[hour] = (counts[hour] ?? 0) + 1;
  }
  const end = addDuration(now, within, zone);
  const local = localTime(now, zone);
  let best = { moment: now, count: counts[local.hour] ?? 0 };
  for (let ahead = 1; ahead < 24; ahead += 1) {
    const begins = { ...local, hour: (local.hour + ahead) % 24, minute: 0, second: 0, ms: 0 };
    const moment = momentOf({ ...begins, day: local.day + (local.hour + ahead >= 24 ? 1 : 0) }, zone);
    const count = counts[begins.hour] ?? 0;
    if (moment <= end && isWritable(moment) && count > best.count) best = { moment, count };
  }
  return best.moment;
}

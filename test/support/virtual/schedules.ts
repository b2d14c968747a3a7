/** Temporal's schedules, as far as `router/schedules.ts` uses them, on the agenda of the virtual server. */
import { ScheduleAlreadyRunning, type ScheduleOptions, type ScheduleSpec } from '@temporalio/client';
import { parseDuration } from '../../../src/plan/duration.ts';
import type { TimedActivities, TimedEntry } from '../../../src/plan/timed-entry.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

interface Schedule {
  readonly entry: TimedEntry;
  readonly spec: ScheduleSpec;
  /** ms: firings that are later than that are left out */
  readonly catchUp: number;
  /** ms since the epoch */
  next: number;
}

export class VirtualSchedules {
  private readonly schedules = new Map<string, Schedule>();
  private readonly now: () => number;
  private readonly enterDue: TimedActivities['enterDue'];

  constructor(now: () => number, { enterDue }: TimedActivities) {
    this.now = now;
    this.enterDue = enterDue;
  }

  async *list(): AsyncGenerator<{ scheduleId: string }> {
    for (const scheduleId of this.schedules.keys()) yield { scheduleId };
  }

  async create({ scheduleId, spec, action, policies }: ScheduleOptions): Promise<void> {
    if (this.schedules.has(scheduleId)) throw new ScheduleAlreadyRunning('it is there already', scheduleId);
    const [entry] = action.args as unknown as [TimedEntry];
    const { days, ms } = parseDuration(String(policies?.catchupWindow))!;
    const catchUp = days * DAY + ms;
    this.schedules.set(scheduleId, { entry, spec, catchUp, next: following(spec, this.now()) });
  }

  getHandle(scheduleId: string): { delete(): Promise<void> } {
    return {
      delete: async () => {
        this.schedules.delete(scheduleId);
      },
    };
  }

  get next(): number {
    return Math.min(...[...this.schedules.values()].map(({ next }) => next), Number.POSITIVE_INFINITY);
  }

  /** Does all that is due, one firing after the other, as the workflow `timedEntries` does each. */
  async fire(): Promise<void> {
    for (const schedule of this.schedules.values()) {
      for (; schedule.next <= this.now(); schedule.next = following(schedule.spec, schedule.next)) {
        if (this.now() - schedule.next > schedule.catchUp) continue;
        const at = new Date(schedule.next).toISOString();
        for (let after: string | null = null, first = true; first || after !== null; first = false) {
          after = await this.enterDue({ ...schedule.entry, at, after });
        }
      }
    }
  }
}

/** The first firing after a moment: of one clock time a day, of one moment, or of a cron with a minute, an hour and weekdays. */
function following({ calendars, cronExpressions, timezone }: ScheduleSpec, after: number): number {
  if (timezone !== 'UTC') throw new Error(`schedules of ${timezone} are not played here, only of UTC`);
  const [calendar] = calendars ?? [];
  const [cron] = cronExpressions ?? [];
  const [minute, hour, dayOfMonth = '*', month = '*', weekday = '*'] = cron?.split(' ') ?? [
    String(calendar?.minute),
    String(calendar?.hour),
  ];
  if (![minute, hour].every((one) => /^\d+$/.test(one!)) || dayOfMonth !== '*' || month !== '*') {
    throw new Error(`this schedule is not played here: ${JSON.stringify({ calendars, cronExpressions })}`);
  }
  const clock = Number(hour) * 60 * MINUTE + Number(minute) * MINUTE;
  for (let day = Math.floor(after / DAY); day < Math.floor(after / DAY) + 400; day += 1) {
    const at = day * DAY + clock;
    if (at > after && fits(calendar, weekday, at)) return at;
  }
  return Number.POSITIVE_INFINITY;
}

function fits(
  calendar: NonNullable<ScheduleSpec['calendars']>[number] | undefined,
  weekday: string,
  at: number,
): boolean {
  const date = new Date(at);
  const name = date.toLocaleString('en', { weekday: 'short', timeZone: 'UTC' }).toUpperCase();
  const month = date.toLocaleString('en', { month: 'long', timeZone: 'UTC' }).toUpperCase();
  return (
    (weekday === '*' || weekday === name) &&
    (calendar?.year === undefined || calendar.year === date.getUTCFullYear()) &&
    (calendar?.month === undefined || calendar.month === month) &&
    (calendar?.dayOfMonth === undefined || calendar.dayOfMonth === date.getUTCDate())
  );
}

import { createHash } from 'node:crypto';
import { type Client, ScheduleAlreadyRunning, type ScheduleSpec } from '@temporalio/client';
import type { Plan } from '../plan/plan.ts';
import { DATE_EVERY_MS, isDaily, type TimedEntry } from '../plan/timed-entry.ts';
import { type Background, backOff, inBackground } from '../system/background.ts';
import type { Tools } from './closer.ts';
import { PublishedFlows } from './published-flows.ts';
import { reasonOf } from './temporal-errors.ts';

const LOOK_EVERY_MS = 3_000;
/** How long after its moment a firing that nobody made is caught up. */
const CATCH_UP = '7 days';

/** Keeps one Temporal schedule for each timed entry of the active flows, at start and whenever flows are published. */
export function startSchedules(tools: Tools): Background {
  let version: string | null = null;
  return inBackground(
    async () => {
      const found = await flowsVersion(tools);
      if (found !== version) {
        const { made, ended } = await reconcileSchedules(tools);
        version = found;
        if (made + ended > 0) tools.log.info({ made, ended }, 'schedules follow the published flows');
      }
      return LOOK_EVERY_MS;
    },
    (error, times) => {
      if (times === 1) tools.log.warn({ error: reasonOf(error) }, 'schedules could not be kept; tried again later');
      return backOff(times, 1_000, 60_000);
    },
  );
}

async function flowsVersion({ store }: Tools): Promise<string> {
  const row = await store.db.selectFrom('meta').select('value').where('key', '=', 'flows_version').executeTakeFirst();
  return JSON.stringify(row?.value ?? 0);
}

/**
 * What a schedule does never changes: its id holds a hash of it, so that an edited entry is another schedule. Several
 * routers may do this at once.
 */
export async function reconcileSchedules({
  store,
  client,
  call,
  taskQueue,
}: Tools): Promise<{ made: number; ended: number }> {
  const flows = await new PublishedFlows().read(store.db);
  const wanted = new Map<string, TimedEntry>();
  for (const { plan, status } of flows) {
    if (status !== 'active') continue;
    for (const entry of timedEntriesOf(plan)) wanted.set(scheduleId(taskQueue, entry), entry);
  }
  let ended = 0;
  const listed = client.schedule.list()[Symbol.asyncIterator]();
  for (;;) {
    const { done, value } = await call(() => listed.next());
    if (done) break;
    if (!value.scheduleId.startsWith(prefixOf(taskQueue)) || wanted.delete(value.scheduleId)) continue;
    await call(() => client.schedule.getHandle(value.scheduleId).delete());
    ended += 1;
  }
  let made = 0;
  for (const [id, entry] of wanted) made += (await call(() => make(client, taskQueue, id, entry))) ? 1 : 0;
  return { made, ended };
}

export function timedEntriesOf({ flow, on }: Plan): TimedEntry[] {
  return on.flatMap(({ date, schedule }): TimedEntry[] => {
    if (date !== undefined) return [{ flow, date }];
    return schedule === undefined ? [] : [{ flow, schedule }];
  });
}

function prefixOf(taskQueue: string): string {
  return `${taskQueue}/entries/`;
}

export function scheduleId(taskQueue: string, entry: TimedEntry): string {
  const hash = createHash('sha256')
    .update(JSON.stringify(inOrder(entry)))
    .digest('hex')
    .slice(0, 12);
  return `${prefixOf(taskQueue)}${entry.flow}/${hash}`;
}

/** Postgres keeps no order of keys. */
function inOrder(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inOrder);
  if (value === null || typeof value !== 'object') return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => [key, inOrder(field)]);
}

async function make(client: Client, taskQueue: string, scheduleId: string, entry: TimedEntry): Promise<boolean> {
  try {
    await client.schedule.create({
      scheduleId,
      spec: specOf(entry),
      action: { type: 'startWorkflow', workflowType: 'timedEntries', workflowId: scheduleId, args: [entry], taskQueue },
      policies: { overlap: 'BUFFER_ALL', catchupWindow: CATCH_UP },
    });
    return true;
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) return false;
    throw error;
  }
}

export function specOf({ date, schedule }: TimedEntry): ScheduleSpec {
  if (date !== undefined) {
    if (!isDaily(date)) return { intervals: [{ every: DATE_EVERY_MS }] };
    return { calendars: [{ hour: Math.floor(date.at! / 60), minute: date.at! % 60 }], timezone: date.timezone };
  }
  const { cron, moment, timezone } = schedule!;
  if (cron !== undefined) return { cronExpressions: [cron], timezone };
  const [year, month, dayOfMonth, hour, minute] = moment!.split(/[-T:]/).map(Number);
  const months = MONTHS[month! - 1]!;
  return {
    calendars: [{ year: year!, month: months, dayOfMonth: dayOfMonth!, hour: hour!, minute: minute! }],
    timezone,
  };
}

const MONTHS = [
  'JANUARY',
  'FEBRUARY',
  'MARCH',
  'APRIL',
  'MAY',
  'JUNE',
  'JULY',
  'AUGUST',
  'SEPTEMBER',
  'OCTOBER',
  'NOVEMBER',
  'DECEMBER',
] as const;

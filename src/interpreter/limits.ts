/** What a run tells the claim of a message: the plan's limits, and whether it comes late. */
import type { Handover, Operation } from '../plan/effect.ts';
import { LATE_MS, type Limits } from '../plan/limits.ts';
import { localTime } from '../plan/local-time.ts';
import type { Plan } from '../plan/plan.ts';
import type { Due } from '../plan/run-state.ts';
import { resolveWait } from '../plan/wait-spec.ts';

export interface LimitFacts {
  readonly plan: Plan;
  /** ms by which the run's clock is ahead of the real one */
  readonly ahead: number;
  readonly speed: number;
  /** when what runs now was due; absent: just now */
  readonly due: Due | undefined;
  /** ms on the run's clock */
  readonly now: number;
  /** IANA zone of the run */
  readonly zone: string;
}

/** Undefined where nothing limits the operation. */
export function limitsOf(operation: Operation | Handover, facts: LimitFacts): Limits | undefined {
  if (operation.type !== 'send' && operation.type !== 'group_send') return undefined;
  const { plan, ahead, speed } = facts;
  const channel = operation.type === 'send' ? operation.channel : null;
  const marketing = operation.type === 'group_send' || operation.priority === 'normal';
  const hours = plan.quiet_hours;
  const quiet =
    marketing && hours !== undefined && (hours.channels === undefined || hours.channels.some((one) => one === channel));
  // A message to a group is not one to this contact: it counts for nobody.
  const caps = marketing
    ? (plan.caps ?? []).filter((cap) => channel !== null && (cap.channel ?? channel) === channel)
    : [];
  const late = lateness(facts);
  const limits: Limits = {
    ...(quiet && { quiet: { hours, zone: outerZone(plan, hours.timezone), ahead } }),
    ...(caps.length > 0 && { caps, ...(speed > 1 && { speed }) }),
    ...(late !== undefined && { late }),
  };
  return Object.keys(limits).length === 0 ? undefined : limits;
}

function outerZone({ timezone, project_timezone: project }: Plan, setting: string): string {
  if (setting !== 'contact') return setting;
  return timezone === 'contact' ? project : timezone;
}

function lateness({ plan, due, now, zone }: LimitFacts): Limits['late'] {
  if (plan.on_late === undefined || due === undefined || now - due.at <= LATE_MS) return undefined;
  if (plan.on_late === 'skip') return 'skip';
  const { hour, minute } = localTime(due.at, due.zone ?? zone);
  const clock = due.window ?? { at: hour * 60 + minute };
  const next = resolveWait(
    { for: { months: 0, days: 0, ms: 0 }, ...clock },
    {
      began: now + 1,
      zone: due.zone ?? zone,
      value: () => null,
    },
  );
  return 'until' in next ? next.until : 'skip';
}

/** What may keep a message back when it is due: quiet hours, caps, being late. Transactional ones pass the first two. */
import type { Duration } from './plan.ts';
import type { Channel } from './project.ts';
import { type QuietHours, quietUntil } from './quiet-hours.ts';

/** At most so many messages to one contact within any period of this length. */
export interface Cap {
  readonly messages: number;
  readonly per: Duration;
  /** counts, and holds for, messages of this channel only */
  readonly channel?: Channel;
  /** whose messages count: those of this flow, or of all flows */
  readonly of: 'flow' | 'project';
}

/** What a run says of one message, for the claim to judge by. Every field is absent where the plan has nothing of the kind. */
export interface Limits {
  readonly quiet?: Quiet;
  readonly caps?: readonly Cap[];
  /** periods of caps are divided by it; above 1 only in `dev` */
  readonly speed?: number;
  /** the message is late: it is skipped, or goes out at a later moment, ms on the run's clock */
  readonly late?: 'skip' | number;
}

export interface Quiet {
  readonly hours: QuietHours;
  /** IANA zone of the hours; where they are the contact's own, that of contacts without one */
  readonly zone: string;
  /** ms by which the run's clock is ahead of the real one */
  readonly ahead: number;
}

/** When a quiet message may go out: ms on the run's clock, null at once. `now` is real time; `own` the contact's own zone. */
export function quietEnd({ hours, zone, ahead }: Quiet, own: string | null, now: number): number | null {
  return quietUntil(hours, hours.timezone === 'contact' ? (own ?? zone) : zone, now + ahead);
}

/** A message is late when it is more than five minutes behind: less is the ordinary pace of queues. */
export const LATE_MS = 5 * 60_000;

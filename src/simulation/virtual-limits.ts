/** What keeps messages back, as the claim judges it: quiet hours, lateness, caps. */
import { negate } from '../plan/duration.ts';
import type { Effect, EffectResult } from '../plan/effect.ts';
import { type Cap, quietEnd } from '../plan/limits.ts';
import { addDuration } from '../plan/local-time.ts';
import type { Channel } from '../plan/project.ts';

/** A message to the contact that counts for caps. */
export interface SentMessage {
  /** ms since the epoch */
  readonly at: number;
  readonly channel: Channel;
  /** what sent it: attempts of one step and visit count once; null: another flow */
  readonly by: string | null;
}

export class VirtualLimits {
  private readonly sent: SentMessage[];

  /** `before`: messages from before the simulation */
  constructor(before: readonly SentMessage[]) {
    this.sent = [...before];
  }

  /** Whether the message is not to go out yet; nothing is written down, and it is asked about again. `own`: the contact's zone. */
  hold({ limits }: Effect, own: string | null, now: number): Extract<EffectResult, { outcome: 'hold' }> | null {
    if (typeof limits?.late === 'number') return { outcome: 'hold', until: limits.late, why: 'late' };
    if (limits?.quiet === undefined || limits.late !== undefined) return null;
    const until = quietEnd(limits.quiet, own, now);
    return until === null ? null : { outcome: 'hold', until, why: 'quiet' };
  }

  /** Whether the message would be one too many. */
  over({ limits, ...effect }: Effect, now: number): boolean {
    return (limits?.caps ?? []).some((cap) => this.counted(cap, sender(effect), now) >= cap.messages);
  }

  /** Mapp has taken the message, or may have. */
  taken(effect: Effect, now: number): void {
    const { operation } = effect;
    if (operation.type !== 'send' || operation.priority === 'transactional') return;
    this.sent.push({ at: now, channel: operation.channel, by: sender(effect) });
  }

  private counted({ per, channel, of }: Cap, by: string, now: number): number {
    // As the database counts them: on the calendar of UTC.
    const since = addDuration(now, negate(per), 'UTC');
    return this.sent.filter(
      (one) =>
        one.at > since &&
        one.by !== by &&
        (channel === undefined || one.channel === channel) &&
        (of === 'project' || one.by !== null),
    ).length;
  }
}

function sender({ entry, step, visit }: Pick<Effect, 'entry' | 'step' | 'visit'>): string {
  return `${entry}/${step}/${visit}`;
}

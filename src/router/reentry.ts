import { addDuration } from '../plan/local-time.ts';
import type { Reentry } from '../plan/plan.ts';

export interface EarlierEntries {
  /** runs with the same key that are not closed, as far as the store knows */
  readonly inside: number;
  /** when the last entry was decided, ms since the epoch; null: there was none */
  readonly last: number | null;
}

/**
 * `enter` · `restart`: enter, after ending the runs inside · `once`, `cooldown`: refused whatever the runs inside do ·
 * `inside`: refused for as long as one of them is open
 */
export type Verdict = 'enter' | 'restart' | 'once' | 'cooldown' | 'inside';

/** LANGUAGE.md §2, `reentry`. `zone` counts days and months of a period; `now` in ms. */
export function judgeReentry(reentry: Reentry, earlier: EarlierEntries, now: number, zone: string): Verdict {
  const inside = earlier.inside > 0;
  switch (reentry.mode) {
    case 'once':
      return earlier.last === null ? 'enter' : 'once';
    case 'after_exit':
      return inside ? 'inside' : 'enter';
    case 'always':
      return 'enter';
    case 'restart':
      return inside ? 'restart' : 'enter';
    case 'cooldown': {
      const end = cooldownEnd(reentry, earlier, zone);
      if (end !== null && now < end) return 'cooldown';
      return inside ? 'inside' : 'enter';
    }
  }
}

/** When a `cooldown` that the last entry began is over, in ms; null: there is none. */
export function cooldownEnd(reentry: Reentry, { last }: EarlierEntries, zone: string): number | null {
  return reentry.mode !== 'cooldown' || last === null ? null : addDuration(last, reentry.period, zone);
}

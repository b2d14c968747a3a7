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
    case 'cooldown':
      if (earlier.last !== null && now < addDuration(earlier.last, reentry.period, zone)) return 'cooldown';
      return inside ? 'inside' : 'enter';
  }
}

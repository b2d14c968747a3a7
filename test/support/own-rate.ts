import type { Clock } from '../../src/delivery/clock.ts';
import { type Rate, spacing } from '../../src/delivery/rate.ts';

/** The turns of one process alone, by a clock that tests move: the store's own cannot be moved. */
export function ownRate(perSecond: number, clock: Clock): Rate {
  const interval = spacing(perSecond);
  let nextAt = Number.NEGATIVE_INFINITY;
  return {
    interval,
    async reserve(turns) {
      const first = Math.max(nextAt, clock.now());
      nextAt = first + turns * interval;
      return first - clock.now();
    },
    async postpone(ms) {
      nextAt = Math.max(nextAt, clock.now() + ms);
    },
  };
}

import { BATCH, type CallSize } from '../mapp/batch-size.ts';
import { BodyLimit } from './body-limit.ts';
import { Breaker } from './breaker.ts';
import { type Clock, type Random, systemClock } from './clock.ts';
import { Pacer, type Patience, type Refusal, type Turn } from './pacer.ts';
import type { Rate } from './rate.ts';
import type { TurnClass } from './shares.ts';

/** Waits for its turn as long as it takes, but not for a breaker. */
const PATIENT: Patience = { ms: Number.POSITIVE_INFINITY, throughBreaker: false };

/** Turns for calls to Connect that carry no effects. */
export interface CallTurns {
  /** what one call may hold */
  readonly size: BodyLimit;
  /** ms until calls may start; 0: now */
  pause(): number;
  /** Waits among those of a class. Refused while Mapp is in trouble or the worker ends; rejects when the store is away. */
  turn(name: TurnClass): Promise<Turn | Refusal>;
}

export interface LoneTurnsOptions {
  readonly rate: Rate;
  readonly batch?: CallSize;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** Those of a process that delivers no effects: every turn is its own. */
export function loneTurns({
  rate,
  batch = BATCH,
  clock = systemClock,
  random = Math.random,
}: LoneTurnsOptions): CallTurns {
  const breaker = new Breaker(clock, random);
  const pacer = new Pacer({ rate, inFlight: 1, clock, breaker });
  return {
    size: new BodyLimit(batch, clock),
    pause: () => breaker.remaining(),
    turn: () => pacer.enter(PATIENT),
  };
}

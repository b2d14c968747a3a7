import type { RunState } from '../plan/run-state.ts';
import type { Task } from '../plan/task.ts';
import type { World } from './world.ts';

/**
 * The run's own clock. At speed 1 it is the real one. Above that (only in `dev`) every timer is shortened and the clock
 * is set forward by what was saved, so that a week that took seven seconds is a week in every later date.
 */
export class Clock {
  /** real ms between the moment that the last wait was to end at and its end; 0 or less: in time, or before it */
  late = 0;
  private readonly world: World;
  private readonly state: RunState;
  private readonly speed: number;

  constructor(world: World, state: RunState, speed: number) {
    this.world = world;
    this.state = state;
    this.speed = speed;
  }

  now(): number {
    return this.world.now() + this.state.ahead;
  }

  /** true when `predicate` came to hold, false when the moment came; a moment of null never comes */
  *until(predicate: () => boolean, moment: number | null, summary: string): Task<boolean> {
    if (moment === null) return yield* this.world.until(predicate, null, summary);
    const began = this.world.now();
    // At least 1 ms: the timer is started even for a moment that has passed, because whether it has passed may depend on
    // the zone data of the worker's Node, and a replay elsewhere must meet the same commands.
    const left = (moment - this.now()) / this.speed;
    const length = Math.max(1, Math.ceil(left));
    const held = yield* this.world.until(predicate, length, summary);
    const elapsed = this.world.now() - began;
    this.late = elapsed - left;
    if (this.speed > 1) this.state.ahead += Math.round(Math.min(elapsed, length) * (this.speed - 1));
    // A millisecond of a shortened timer may be minutes: what rounding it up added is taken back.
    if (!held && (this.speed > 1 || this.now() < moment)) this.state.ahead += moment - this.now();
    return held;
  }
}

/** `World` in virtual time: a wait of months takes no time at all. What arrives from outside is put on an agenda. */
import type { World } from '../interpreter/world.ts';
import type { AnyEffect, EffectResult, ReadRequest, ReadResult } from '../plan/effect.ts';
import type { RunPosition, TrailLine } from '../plan/notice.ts';
import { settled, type Task } from '../plan/task.ts';
import { VirtualTime } from './virtual-time.ts';

/** How often an effect that could not go out is tried again, in ms. */
const RETRY_MS = 60_000;

export interface VirtualWorldOptions {
  /** ms since the epoch; or the clock that several runs share */
  readonly start: number | VirtualTime;
  /** answers every effect; called once per attempt */
  deliver(effect: AnyEffect): EffectResult;
  read(request: Omit<ReadRequest, 'key'>): ReadResult;
  /** what the run reports, as it does */
  report?(position: RunPosition, lines: readonly TrailLine[]): void;
}

export class VirtualWorld implements World {
  readonly positions: RunPosition[] = [];
  readonly lines: TrailLine[] = [];
  renew = false;
  private readonly time: VirtualTime;
  private readonly options: VirtualWorldOptions;

  constructor(options: VirtualWorldOptions) {
    this.options = options;
    this.time = typeof options.start === 'number' ? new VirtualTime(options.start) : options.start;
  }

  /** `happen` is called when virtual time reaches `at`; of the same moment, in the order they were put here */
  at(at: number, happen: () => void): void {
    this.time.at(at, happen);
  }

  now(): number {
    return this.time.now();
  }

  until(predicate: () => boolean, ms: number | null, summary: string): Task<boolean> {
    return settled(this.time.wait(predicate, ms, summary));
  }

  deliver(effect: AnyEffect): Task<EffectResult> {
    return settled(Promise.resolve(this.options.deliver(effect)));
  }

  *deliverLater(effect: AnyEffect, summary: string, stop: () => boolean): Task<EffectResult | null> {
    while (!stop()) {
      const result = this.options.deliver(effect);
      if (result.outcome !== 'deferred') return result;
      yield* this.until(stop, RETRY_MS, summary);
    }
    return null;
  }

  read(request: Omit<ReadRequest, 'key'>): Task<ReadResult> {
    return settled(Promise.resolve(this.options.read(request)));
  }

  /** Nothing here is repeated from a history. */
  since(): boolean {
    return true;
  }

  report(position: RunPosition, lines: readonly TrailLine[]): void {
    this.positions.push(position);
    this.lines.push(...lines);
    this.options.report?.(position, lines);
  }

  renewalDue(): boolean {
    return this.renew;
  }
}

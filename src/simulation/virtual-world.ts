/** `World` in virtual time: a wait of months takes no time at all. What arrives from outside is put on an agenda. */
import type { World } from '../interpreter/world.ts';
import type { Effect, EffectResult, ReadRequest, ReadResult } from '../plan/effect.ts';
import type { RunPosition, TrailLine } from '../plan/notice.ts';

export interface VirtualWorldOptions {
  /** ms since the epoch */
  readonly start: number;
  /** answers every effect; called once per attempt */
  deliver(effect: Effect): EffectResult;
  read(request: Omit<ReadRequest, 'key'>): ReadResult;
}

/** Thrown where nothing on the agenda can end a wait without a time limit: the run waits for ever. */
export class StillWaiting extends Error {
  readonly summary: string;
  constructor(summary: string) {
    super(`still waiting: ${summary}`);
    this.name = 'StillWaiting';
    this.summary = summary;
  }
}

export class VirtualWorld implements World {
  readonly positions: RunPosition[] = [];
  readonly lines: TrailLine[] = [];
  renew = false;
  private time: number;
  private readonly options: VirtualWorldOptions;
  private readonly agenda: { readonly at: number; readonly happen: () => void }[] = [];

  constructor(options: VirtualWorldOptions) {
    this.options = options;
    this.time = options.start;
  }

  /** `happen` is called when virtual time reaches `at`; of the same moment, in the order they were put here */
  at(at: number, happen: () => void): void {
    const place = this.agenda.findIndex((item) => item.at > at);
    this.agenda.splice(place === -1 ? this.agenda.length : place, 0, { at, happen });
  }

  now(): number {
    return this.time;
  }

  async until(predicate: () => boolean, ms: number | null, summary: string): Promise<boolean> {
    const end = ms === null ? Number.POSITIVE_INFINITY : this.time + ms;
    for (;;) {
      // Handlers of what has just happened finish first, as they do within one task.
      await settled();
      if (predicate()) return true;
      const next = this.agenda[0];
      if (next !== undefined && next.at <= end) {
        this.agenda.shift();
        this.time = Math.max(this.time, next.at);
        next.happen();
      } else if (ms === null) {
        throw new StillWaiting(summary);
      } else {
        this.time = end;
        return false;
      }
    }
  }

  async deliver(effect: Effect): Promise<EffectResult> {
    return this.options.deliver(effect);
  }

  async deliverLater(effect: Effect, summary: string, stop: () => boolean): Promise<EffectResult | null> {
    const RETRY_MS = 60_000;
    for (;;) {
      if (await this.until(stop, RETRY_MS, summary)) return null;
      const result = this.options.deliver(effect);
      if (result.outcome !== 'deferred') return result;
    }
  }

  async read(request: Omit<ReadRequest, 'key'>): Promise<ReadResult> {
    return this.options.read(request);
  }

  report(position: RunPosition, lines: readonly TrailLine[]): void {
    this.positions.push(position);
    this.lines.push(...lines);
  }

  renewalDue(): boolean {
    return this.renew;
  }
}

async function settled(): Promise<void> {
  for (let i = 0; i < 20; i += 1) await Promise.resolve();
}

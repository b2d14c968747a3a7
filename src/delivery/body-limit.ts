import type { CallSize } from '../mapp/batch-size.ts';
import type { Clock } from './clock.ts';

/** What was learned holds for so long: proxies are changed. */
const REMEMBERED_MS = 600_000;
/** of what is missing to the ceiling, a call that was nearly full and went through gives back */
const RAISE = 1 / 16;
const NEARLY_FULL = 3 / 4;
/** what `MAPP_BATCH_BYTES` accepts at least */
const LEAST = 1_024;

interface Learned {
  readonly bytes: number;
  readonly at: number;
}

/**
 * What one call may hold, as Mapp, or a proxy before it, lets through: no limit of bytes is documented, so that it is found
 * out where a body is refused with 413. Halved then, but not below what went through; raised slowly by calls that fill it,
 * for ten minutes not up to what was refused, and never beyond what was configured.
 */
export class BodyLimit implements CallSize {
  readonly #most: CallSize;
  readonly #clock: Clock;
  #bytes: number;
  #refused: Learned | null = null;
  #passed: Learned | null = null;

  constructor(most: CallSize, clock: Clock) {
    this.#most = most;
    this.#clock = clock;
    this.#bytes = most.bytes;
  }

  get events(): number {
    return this.#most.events;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * A body of several events was refused with 413. False: as large a one went through, or fits into the limit nevertheless,
   * so that it is one of its events that is too large.
   */
  refused(bytes: number): boolean {
    const passed = this.#recent(this.#passed)?.bytes ?? 0;
    if (bytes <= passed) return false;
    this.#refused = { bytes, at: this.#clock.now() };
    this.#bytes = Math.min(this.#bytes, Math.max(Math.floor(bytes / 2), passed, LEAST));
    return bytes > this.#bytes;
  }

  passed(bytes: number): void {
    if (bytes >= (this.#recent(this.#passed)?.bytes ?? 0)) this.#passed = { bytes, at: this.#clock.now() };
    if (bytes < this.#bytes * NEARLY_FULL) return;
    const ceiling = Math.min(this.#most.bytes, (this.#recent(this.#refused)?.bytes ?? Number.POSITIVE_INFINITY) - 1);
    const raised = Math.floor(this.#bytes + (ceiling - this.#bytes) * RAISE);
    this.#bytes = Math.min(this.#most.bytes, Math.max(this.#bytes, raised, bytes));
  }

  #recent(learned: Learned | null): Learned | null {
    return learned !== null && this.#clock.now() - learned.at < REMEMBERED_MS ? learned : null;
  }
}

import type { CallSize } from '../mapp/batch-size.ts';
import type { Effect } from '../plan/effect.ts';
import type { Attempted } from './deferral.ts';
import type { Patience } from './pacer.ts';

/** An effect that waits for a call, or is in one. */
export interface Waiting {
  readonly effect: Effect;
  readonly patience: Patience;
  /** ms on the delivery's clock: when it came, and when its patience ends */
  readonly since: number;
  readonly deadline: number;
  /** of its operation as JSON: what its event will have, more or less */
  readonly bytes: number;
  /** whose lane it needs, as far as an earlier claim told; null = not known yet */
  person: string | null;
  /** null: the key could not be claimed; the ledger tells why */
  readonly resolve: (ending: Attempted | null) => void;
  readonly reject: (error: unknown) => void;
  cancelTimer: () => void;
}

/** Effects that may share a call, in the order in which they leave: those put back, transactional messages, the others. */
export class Line {
  readonly #size: CallSize;
  readonly #alone: boolean;
  readonly #returned = new Set<Waiting>();
  readonly #first = new Set<Waiting>();
  readonly #rest = new Set<Waiting>();
  #bytes = 0;

  /** `alone`: a call for each */
  constructor(size: CallSize, alone: boolean) {
    this.#size = size;
    this.#alone = alone;
  }

  get #most(): number {
    return this.#alone ? 1 : this.#size.events;
  }

  get length(): number {
    return this.#returned.size + this.#first.size + this.#rest.size;
  }

  /** who leaves next */
  get head(): Waiting | undefined {
    for (const waiting of this.all()) return waiting;
    return undefined;
  }

  /** whether a transactional message waits */
  get urgent(): boolean {
    return this.#first.size > 0;
  }

  /** calls that everybody in the line needs, as far as can be told */
  turns(): number {
    return Math.max(Math.ceil(this.length / this.#most), Math.ceil(this.#bytes / this.#size.bytes));
  }

  /** calls that leave before a newcomer's */
  turnsBefore(effect: Effect): number {
    const ahead = isTransactional(effect) ? this.#returned.size + this.#first.size : this.length;
    return Math.floor(ahead / this.#most);
  }

  add(waiting: Waiting): void {
    (isTransactional(waiting.effect) ? this.#first : this.#rest).add(waiting);
    this.#bytes += waiting.bytes;
  }

  /** Before everybody else: it has had a turn. */
  putBack(waiting: Waiting): void {
    this.#returned.add(waiting);
    this.#bytes += waiting.bytes;
  }

  remove(waiting: Waiting): void {
    const found = [this.#returned, this.#first, this.#rest].some((set) => set.delete(waiting));
    if (found) this.#bytes -= waiting.bytes;
  }

  /** Takes out those who go into the next call; at least one, however large it is. */
  take(): Waiting[] {
    const taken: Waiting[] = [];
    let bytes = 0;
    for (const waiting of this.all()) {
      bytes += waiting.bytes;
      if (taken.length === this.#most || (bytes > this.#size.bytes && taken.length > 0)) break;
      taken.push(waiting);
    }
    for (const waiting of taken) this.remove(waiting);
    return taken;
  }

  *all(): Generator<Waiting> {
    yield* this.#returned;
    yield* this.#first;
    yield* this.#rest;
  }
}

function isTransactional({ operation }: Effect): boolean {
  return operation.type === 'send' && operation.priority === 'transactional';
}

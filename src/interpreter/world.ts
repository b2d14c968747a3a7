import type { AnyEffect, EffectResult, ReadRequest, ReadResult } from '../plan/effect.ts';
import type { RunPosition, TrailLine } from '../plan/notice.ts';
import type { Task } from '../plan/task.ts';

/**
 * What the interpreter needs from where it runs: Temporal, or virtual time. Everything else (order, exits, waits, parking,
 * the timeline) is decided once, in this folder.
 */
export interface World {
  /** real time, in ms since the epoch; constant while nobody stops */
  now(): number;
  /** true as soon as `predicate` holds, false after `ms`; always starts a timer when `ms` is given and it does not hold yet */
  until(predicate: () => boolean, ms: number | null, summary: string): Task<boolean>;
  /** within the task; an answer, or `deferred`. Never throws. */
  deliver(effect: AnyEffect, summary: string): Task<EffectResult>;
  /** with long patience; null when `stop` came to hold before anything was claimed */
  deliverLater(effect: AnyEffect, summary: string, stop: () => boolean): Task<EffectResult | null>;
  read(request: Omit<ReadRequest, 'key'>, at: string, summary: string): Task<ReadResult>;
  /**
   * Whether the run behaves as since a change of the interpreter: false only for what is repeated from a history of before.
   * To be asked where the two would differ, and nowhere else.
   */
  since(change: Change): boolean;
  /** for the store and the UI; best effort */
  report(position: RunPosition, lines: readonly TrailLine[], number: number, finishing: boolean): void;
  /** true when the history has grown so long that the run should continue as new */
  renewalDue(): boolean;
}

/** `catch_up`: a wait that ends long after its moment hears first of what was received meanwhile, and judges it by its receipt. */
export type Change = 'catch_up';

/** The person leaves. Thrown through steps, never caught by them. */
export class Exited extends Error {
  readonly reason: string;
  constructor(reason: string) {
    super(`exited: ${reason}`);
    this.name = 'Exited';
    this.reason = reason;
  }
}

/** A message is not to go out before a moment (ms on the run's clock). Thrown through steps: the step then begins again. */
export class Hold extends Error {
  readonly until: number;
  readonly why: 'quiet' | 'late';
  constructor(until: number, why: 'quiet' | 'late') {
    super(`not before ${new Date(until).toISOString()}`);
    this.name = 'Hold';
    this.until = until;
    this.why = why;
  }
}

/** The run continues as new at this point. Thrown through steps, never caught by them. */
export class Renewal extends Error {
  constructor() {
    super('continue as new');
    this.name = 'Renewal';
  }
}

/** One workflow of the virtual server: the real interpreter, in tasks as Temporal makes them. */

import { DeliveryDeferred } from '../../../src/delivery/deferral.ts';
import type { Delivery } from '../../../src/delivery/delivery.ts';
import { FlowHost } from '../../../src/interpreter/flow-host.ts';
import { freshState, interpret } from '../../../src/interpreter/interpret.ts';
import { renewed } from '../../../src/interpreter/migration.ts';
import { Renewal, type World } from '../../../src/interpreter/world.ts';
import type { AnyEffect, EffectResult, ReadResult } from '../../../src/plan/effect.ts';
import type { Notice, NoticeAnswer, RunInput, RunResult } from '../../../src/plan/notice.ts';
import type { RunState } from '../../../src/plan/run-state.ts';
import { drive, settled, type Task } from '../../../src/plan/task.ts';
import type { Agenda } from './agenda.ts';

interface Waiter {
  readonly predicate: () => boolean;
  readonly end: (held: boolean) => void;
}

export class VirtualRun implements World {
  readonly id: string;
  /** of the run's memo */
  readonly memo: object;
  /** null while it runs */
  ended: { readonly at: Date; readonly result: RunResult } | { readonly at: Date; readonly error: Error } | null = null;
  private readonly agenda: Agenda;
  private readonly delivery: Delivery;
  /** a run continues as new after so many events */
  private readonly renewAfter: number;
  private input: RunInput;
  private state: RunState;
  private host: FlowHost;
  private happened = 0;
  /** local activities under way: nothing reaches the run before its task is over */
  private busy = 0;
  private outside: (() => void)[] = [];
  private waiters: Waiter[] = [];

  constructor(
    id: string,
    input: RunInput,
    memo: object,
    parts: { readonly agenda: Agenda; readonly delivery: Delivery; readonly renewAfter: number },
  ) {
    this.id = id;
    this.memo = memo;
    this.agenda = parts.agenda;
    this.delivery = parts.delivery;
    this.renewAfter = parts.renewAfter;
    this.input = copied(input);
    this.state = freshState(this.input);
    this.host = new FlowHost(this, this.input, this.state, id);
    void this.live();
  }

  /** What a signal or an update brings: taken as soon as the present task is over. */
  take(notice: Notice): Promise<NoticeAnswer> {
    return new Promise((resolve) => {
      this.fromOutside(() => {
        this.host.mailbox.take(copied(notice));
        const judging = this.host.judge();
        this.changed();
        const answer = () => {
          this.changed();
          resolve({ exited: this.state.exit !== null });
        };
        if (judging === null) answer();
        else void judging.then(answer);
      });
    });
  }

  now(): number {
    return this.agenda.now();
  }

  *until(predicate: () => boolean, ms: number | null): Task<boolean> {
    if (predicate()) return true;
    return yield* settled(
      new Promise<boolean>((resolve) => {
        const end = (held: boolean) => {
          this.waiters = this.waiters.filter((one) => one !== waiter);
          cancel?.();
          resolve(held);
        };
        const waiter = { predicate, end };
        this.waiters.push(waiter);
        const ring = () =>
          this.fromOutside(() => {
            if (this.waiters.includes(waiter)) end(false);
          });
        const cancel = ms === null ? null : this.agenda.after(ms, ring);
      }),
    );
  }

  *deliver(effect: AnyEffect): Task<EffectResult> {
    return yield* settled(this.local(() => this.delivery.deliver(copied(effect))));
  }

  *deliverLater(effect: AnyEffect, _summary: string, stop: () => boolean): Task<EffectResult | null> {
    while (!stop()) {
      const result = yield* settled(this.patient(() => this.delivery.deliverLater(copied(effect))));
      if (!(result instanceof DeliveryDeferred)) return result;
      yield* this.until(stop, result.nextRetryDelayMs);
    }
    return null;
  }

  *read(request: Parameters<World['read']>[0], at: string): Task<ReadResult> {
    const read = () => this.delivery.read({ ...copied(request), key: `${this.id}/${at}` });
    try {
      return yield* settled(this.local(read));
    } catch {
      for (;;) {
        const result = yield* settled(this.patient(read));
        if (!(result instanceof DeliveryDeferred)) return result;
        yield* this.until(() => false, result.nextRetryDelayMs);
      }
    }
  }

  since(): boolean {
    return true;
  }

  report(): void {}

  renewalDue(): boolean {
    return this.happened >= this.renewAfter;
  }

  private async live(): Promise<void> {
    for (;;) {
      try {
        const result = await drive(interpret(this.host, this.input, this.state));
        this.ended = { at: new Date(this.now()), result: copied(result) };
        return;
      } catch (error) {
        if (!(error instanceof Renewal)) {
          this.ended = { at: new Date(this.now()), error: error as Error };
          return;
        }
        this.input = copied(renewed(this.input, this.state));
        this.state = this.input.state!;
        this.host = new FlowHost(this, this.input, this.state, this.id);
        this.happened = 0;
      }
    }
  }

  /** An activity within the task. */
  private async local<T>(activity: () => Promise<T>): Promise<T> {
    this.busy += 1;
    this.happened += 1;
    try {
      return await this.agenda.work(activity());
    } finally {
      this.busy -= 1;
      void this.agenda.work(this.endTask());
    }
  }

  /** An ordinary activity, one attempt; an expected failure is answered. */
  private patient<T>(activity: () => Promise<T>): Promise<T | DeliveryDeferred> {
    this.happened += 1;
    return this.agenda.work(
      activity().catch((error: unknown) => {
        if (error instanceof DeliveryDeferred) return error;
        throw error;
      }),
    );
  }

  private fromOutside(happen: () => void): void {
    this.outside.push(happen);
    if (this.busy === 0) void this.agenda.work(this.endTask());
  }

  /** What came in meanwhile, unless the run has gone on to the next activity of the same task. */
  private async endTask(): Promise<void> {
    await quiet();
    while (this.busy === 0 && this.outside.length > 0) {
      this.happened += 1;
      this.outside.shift()!();
      await quiet();
    }
  }

  private changed(): void {
    for (const { predicate, end } of [...this.waiters]) if (predicate()) end(true);
  }
}

/** What passes through Temporal is JSON. */
function copied<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

/** Resolves when no promise has anything to do any more. */
function quiet(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

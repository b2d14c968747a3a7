import {
  CancellationScope,
  condition,
  isCancellation,
  patched,
  proxySinks,
  scheduleActivity,
  scheduleLocalActivity,
  setCurrentDetails,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { World } from '../interpreter/world.ts';
import type { AnyEffect, EffectResult, ReadResult } from '../plan/effect.ts';
import { settled, type Task } from '../plan/task.ts';
import { currentDetails } from './current-details.ts';
import { Scope } from './scope.ts';
import type { RunSinks } from './sink.ts';

/** One attempt, inside the workflow task (PROTOCOLS.md §4). */
const LOCAL = { startToCloseTimeout: 60_000, retry: { maximumAttempts: 1 } };
/** Patient: a lost worker is noticed after 45 s, the activity itself says when to come again. */
const PATIENT = { startToCloseTimeout: 45_000, cancellationType: 'WAIT_CANCELLATION_COMPLETED' } as const;

const ATTEMPT_FAILED: EffectResult = { outcome: 'deferred', reason: 'the attempt within the task failed' };

const { runs } = proxySinks<RunSinks>();

/** `World` over Temporal. The only place that emits commands. To be made in the workflow's own scope. */
export class TemporalWorld implements World {
  private readonly entry: string;
  /** canceled with the run */
  private readonly root = CancellationScope.current();
  /** What has begun in here is finished, whoever cancels the run. */
  private readonly shield = new Scope({ cancellable: false });
  /** ends the present wait with a time limit, if it may end; null: there is none */
  private look: (() => void) | null = null;

  constructor(entry: string) {
    this.entry = entry;
  }

  now(): number {
    return Date.now();
  }

  /**
   * What predicates look at has changed. `condition` of the SDK would notice by itself, but a wait that is woken by canceling
   * its timer is made of a third of the promises, all of which a run that sleeps for months would keep.
   */
  changed(): void {
    this.look?.();
  }

  *until(predicate: () => boolean, ms: number | null, summary: string): Task<boolean> {
    if (ms === null) {
      yield* settled(condition(predicate));
      return true;
    }
    const timer = new Scope({ cancellable: true, parent: this.root });
    const rings = timer.run(() => sleep(ms, { summary }));
    let held = false;
    this.look = () => {
      if (this.root.consideredCancelled || !predicate()) return;
      held = true;
      timer.cancel();
    };
    try {
      this.look();
      yield* settled(rings);
      return false;
    } catch (error) {
      if (!held) throw error;
      return true;
    } finally {
      this.look = null;
    }
  }

  *deliver(effect: AnyEffect, summary: string): Task<EffectResult> {
    try {
      return yield* settled(
        this.shield.run(() => scheduleLocalActivity<EffectResult>('deliver', [effect], { ...LOCAL, summary })),
      );
    } catch {
      return ATTEMPT_FAILED;
    }
  }

  /** Between two attempts nothing is claimed, and the activity ends at once; an attempt under way is finished first. */
  *deliverLater(effect: AnyEffect, summary: string, stop: () => boolean): Task<EffectResult | null> {
    const { operation } = effect;
    const more = operation.type === 'webhook' ? operation.timeout : 0;
    const options = { ...PATIENT, startToCloseTimeout: PATIENT.startToCloseTimeout + more, summary };
    const scope = new Scope({ cancellable: true, parent: this.shield });
    const attempt = scope.run(() => scheduleActivity<EffectResult>('deliverLater', [effect], options));
    let done = false;
    const ended = () => {
      done = true;
    };
    attempt.then(ended, ended);
    const canceled = () => this.root.consideredCancelled;
    yield* settled(this.shield.run(() => condition(() => done || stop() || canceled())));
    if (!done) scope.cancel();
    try {
      return yield* settled(attempt);
    } catch (error) {
      if (canceled() || !isCancellation(error)) throw error;
      return null;
    }
  }

  *read(request: Parameters<World['read']>[0], at: string, summary: string): Task<ReadResult> {
    const args = [{ ...request, key: `${workflowInfo().runId}/${at}` }];
    const local = () => scheduleLocalActivity<ReadResult>('read', args, { ...LOCAL, summary });
    const patient = () => scheduleActivity<ReadResult>('read', args, { ...PATIENT, summary });
    try {
      return yield* settled(this.shield.run(local));
    } catch {
      return yield* settled(this.shield.run(patient));
    }
  }

  since(change: Parameters<World['since']>[0]): boolean {
    return patched(change);
  }

  report(...[position, lines, number, finishing]: Parameters<World['report']>): void {
    setCurrentDetails(currentDetails(position));
    runs.report({ entry: this.entry, number, position, lines, finishing });
  }

  renewalDue(): boolean {
    return workflowInfo().continueAsNewSuggested;
  }
}

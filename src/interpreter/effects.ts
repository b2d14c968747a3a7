/** What a step does to the world: once, whatever happens to the process, and parked where only a person can say how it goes on. */
import { type AnyEffect, type EffectResult, effectKey, type Handover, type Operation } from '../plan/effect.ts';
import type { JsonObject } from '../plan/json.ts';
import type { Acting, PlanStep } from '../plan/plan.ts';
import type { Task } from '../plan/task.ts';
import type { ActResult } from '../steps/host.ts';
import { decidesOf, pauseAfter } from './decides.ts';
import { limitsOf } from './limits.ts';
import { LOOK_MS, type Run } from './run.ts';
import { describeOperation, describePause } from './words.ts';
import { Hold } from './world.ts';

const UNDER_WAY: EffectResult = { outcome: 'deferred', reason: 'under way' };

export class Effects {
  private readonly run: Run;

  constructor(run: Run) {
    this.run = run;
  }

  *act(step: PlanStep & Acting, operation: Operation | Handover, part = 0): Task<ActResult> {
    for (let generation = 1; ; generation += 1) {
      const effect = this.effect(step, operation, part, generation);
      const result = yield* this.settle(effect);
      if (result.outcome === 'accepted') return { outcome: 'done', ...answerOf(result) };
      if (result.outcome === 'skipped') return { outcome: 'skipped', reason: result.reason };
      if (result.resolution === 'resend') {
        // Without such a setting it was an operator who said so: they have waited long enough.
        if (effect.decides?.[result.outcome] === 'resend') yield* this.pause(step, result.reason, generation);
        continue;
      }
      const resolution = result.resolution ?? (yield* this.parkUntilResolved(step, result.reason, effect.key));
      if (resolution === 'sent') return { outcome: 'done' };
      if (resolution === 'skip') {
        if (result.outcome === 'unknown') return { outcome: 'unknown', reason: result.reason };
        return { outcome: 'failed', reason: result.reason, ...answerOf(result) };
      }
    }
  }

  /** Between two attempts of a step. The run does not continue as new meanwhile: it is in the middle of the step. */
  private *pause(step: PlanStep & Acting, reason: string, generation: number): Task<void> {
    const until = this.run.now() + pauseAfter(step, generation);
    const words = describePause(step, generation + 1);
    for (let woken = true; woken; ) {
      this.run.report('running', words, reason);
      woken = yield* this.run.until(
        () => this.run.leavingOrHeld() || this.run.mailbox.undecided.length > 0,
        until,
        words,
      );
      if (woken) yield* this.run.pass();
    }
  }

  *park(step: PlanStep, reason: string): Task<'again' | 'skip'> {
    const resolution = yield* this.parkUntilResolved(step, reason, null);
    return resolution === 'resend' ? 'again' : 'skip';
  }

  private effect(
    step: PlanStep & Acting,
    operation: Operation | Handover,
    part: number,
    generation: number,
  ): AnyEffect {
    const visit = this.run.state.visits[step.id] ?? 1;
    const decides = decidesOf(step, operation, generation);
    const { plan, speed } = this.run.input;
    const { ahead, due } = this.run.state;
    const limits = limitsOf(operation, { plan, ahead, speed, due, now: this.run.now(), zone: this.run.zone() });
    return {
      key: effectKey(this.run.input.entry, step.id, visit, generation, part),
      entry: this.run.input.entry,
      step: step.id,
      kind: step.kind,
      visit,
      generation,
      n: this.run.state.seen,
      operation,
      ...(decides === undefined ? {} : { decides }),
      ...(limits === undefined ? {} : { limits }),
    };
  }

  /** Asks until there is an answer that stands: past the barrier, past deferral. */
  private *settle(effect: AnyEffect): Task<Exclude<EffectResult, { outcome: 'look' | 'hold' | 'deferred' }>> {
    const summary = describeOperation(effect);
    for (;;) {
      yield* this.run.pass();
      const asked: AnyEffect = { ...effect, n: this.run.state.seen };
      // Nobody can tell how long a webhook takes, and nothing reaches the run while its task waits.
      const patient = effect.operation.type === 'webhook';
      let result: EffectResult | null = patient ? UNDER_WAY : yield* this.run.world.deliver(asked, summary);
      if (result.outcome === 'deferred') {
        const tries = patient ? '' : '; it is tried again until it goes out';
        this.run.report('running', `${summary}: ${result.reason}${tries}`);
        result = yield* this.run.world.deliverLater(asked, summary, () => this.run.leavingOrHeld());
      }
      if (result === null || result.outcome === 'deferred') continue;
      if (result.outcome === 'hold') throw new Hold(result.until, result.why);
      if (result.outcome !== 'look') return result;
      const { n } = result;
      yield* this.run.world.until(
        () => this.run.state.seen >= n || this.run.state.exit !== null,
        LOOK_MS,
        'a notice is on its way',
      );
    }
  }

  private *parkUntilResolved(step: PlanStep, reason: string, key: string | null): Task<'sent' | 'resend' | 'skip'> {
    const { resolutions, settled } = this.run.mailbox;
    // What was decided before this step parked was decided about something else: the ledger remembers what still holds.
    resolutions.delete(step.id);
    this.run.report('parked', 'flows resolve RUN --as sent|resend|skip', reason);
    const evidence = () => key !== null && settled.get(key) === 'accepted';
    yield* this.run.world.until(
      () => resolutions.has(step.id) || evidence() || this.run.state.exit !== null,
      null,
      `${step.id} is parked`,
    );
    if (evidence()) return 'sent';
    const resolution = resolutions.get(step.id);
    resolutions.delete(step.id);
    yield* this.run.pass();
    return resolution ?? 'resend';
  }
}

function answerOf({ answer }: { readonly answer?: JsonObject }): { readonly answer?: JsonObject } {
  return answer === undefined ? {} : { answer };
}

/** `Host` for one run: what steps ask for, made of the few things a `World` can do. */
import type { Handover, Operation } from '../plan/effect.ts';
import { saw, truthy } from '../plan/evaluate.ts';
import type { FlowEvent } from '../plan/event.ts';
import type { Expr, Reads } from '../plan/expression.ts';
import type { Json } from '../plan/json.ts';
import type { HoldDecision } from '../plan/notice.ts';
import type { Acting, PlanStep, PlanSteps, WaitSpec } from '../plan/plan.ts';
import type { Task } from '../plan/task.ts';
import type { ActResult, Host } from '../steps/host.ts';
import { Effects } from './effects.ts';
import { NOTHING_READ, Run } from './run.ts';
import { Waits } from './waits.ts';
import type { Hold } from './world.ts';

export class FlowHost extends Run implements Host {
  private readonly effects = new Effects(this);
  private readonly waits = new Waits(this, this.effects);

  saw(expr: Expr): { readonly [path: string]: Json } {
    return saw(expr, this.scope());
  }

  groupId(name: string): string | undefined {
    return Object.hasOwn(this.input.plan.groups, name) ? this.input.plan.groups[name] : undefined;
  }

  assign(vars: { readonly [name: string]: Json }): void {
    Object.assign(this.state.vars, vars);
  }

  /** Makes a step the present one. What it reads is still to be read, by `prepare`. */
  enter(step: PlanStep): void {
    this.step = step;
    this.readNow = NOTHING_READ;
  }

  /** Reads what the present step needs, once. */
  *prepare(step: PlanStep, reads: Reads): Task<void> {
    const { holds } = this.state;
    this.readNow = yield* this.read(reads, holds === undefined ? step.id : `${step.id}.${holds}`);
  }

  round(step: PlanSteps['repeat']): { round: number; over: boolean } {
    this.state.rounds ??= [];
    const { rounds } = this.state;
    const current = rounds.find((one) => one.step === step.id);
    const round = current?.round ?? 0;
    if (round >= step.times || (step.until !== null && truthy(this.evaluate(step.until)))) {
      if (current !== undefined) rounds.splice(rounds.indexOf(current), 1);
      return { round, over: true };
    }
    if (current === undefined) rounds.push({ step: step.id, round: 1 });
    else current.round += 1;
    return { round: round + 1, over: false };
  }

  identity(): string {
    return this.readNow.identity ?? this.input.person;
  }

  /** the run is at no step any more */
  leave(): void {
    this.step = null;
  }

  keepBack(step: PlanStep, hold: Hold): void {
    this.waits.keepBack(step, hold);
  }

  sitOut(step: PlanStep): Task<void> {
    return this.waits.sitOut(step);
  }

  wait(step: PlanStep, spec: WaitSpec): Task<{ passed: boolean }> {
    return this.waits.wait(step, spec);
  }

  waitFor(step: PlanSteps['wait_for']): Task<{ arm: number; event: FlowEvent } | null> {
    return this.waits.waitFor(step);
  }

  hold(step: PlanSteps['hold'], text: string): Task<HoldDecision | 'timed_out'> {
    return this.waits.hold(step, text);
  }

  sendTime(step: PlanSteps['send_time']): Task<void> {
    return this.waits.sendTime(step);
  }

  act(step: PlanStep & Acting, operation: Operation | Handover, part = 0): Task<ActResult> {
    return this.effects.act(step, operation, part);
  }

  park(step: PlanStep, reason: string): Task<'again' | 'skip'> {
    return this.effects.park(step, reason);
  }
}

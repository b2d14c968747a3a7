/** `Host` for one run: what steps ask for, made of the few things a `World` can do. */

import { bestMoment } from '../plan/best-hour.ts';
import {
  type AnyEffect,
  type EffectResult,
  effectKey,
  type Handover,
  type Operation,
  type ReadResult,
} from '../plan/effect.ts';
import { evaluate, type Scope, saw, truthy } from '../plan/evaluate.ts';
import type { FlowEvent } from '../plan/event.ts';
import type { Expr, Reads } from '../plan/expression.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import { isZone } from '../plan/local-time.ts';
import type { HoldDecision, RunInput, RunPosition, RunStatus } from '../plan/notice.ts';
import type { Acting, Listener, PlanStep, PlanSteps, WaitSpec } from '../plan/plan.ts';
import type { Due, RunState } from '../plan/run-state.ts';
import { sameFields } from '../plan/same-fields.ts';
import { resolveWait } from '../plan/wait-spec.ts';
import type { ActResult, Host } from '../steps/host.ts';
import { Clock } from './clock.ts';
import { decidesOf, pauseAfter } from './decides.ts';
import { limitsOf } from './limits.ts';
import { Mailbox } from './mailbox.ts';
import { movesTo } from './migration.ts';
import { readRequest } from './read-request.ts';
import { scopeOf } from './scope.ts';
import { Trail } from './trail.ts';
import { describeHold, describeOperation, describePause, describeReads, describeWait } from './words.ts';
import { Exited, Hold, Renewal, type World } from './world.ts';

const UNDER_WAY: EffectResult = { outcome: 'deferred', reason: 'under way' };
const NOTHING_READ: ReadResult = { contact: {}, groups: {} };
/** how long a run waits for a notice that the ledger says was decided, before it asks the ledger again */
const LOOK_MS = 30_000;

export class FlowHost implements Host {
  readonly mailbox: Mailbox;
  readonly trail: Trail;
  private readonly world: World;
  private readonly input: RunInput;
  private readonly state: RunState;
  private readonly runId: string;
  private readonly clock: Clock;
  private step: PlanStep | null = null;
  private judging: Promise<void> | null = null;
  private reported: RunPosition | null = null;
  private readNow: ReadResult = NOTHING_READ;

  constructor(world: World, input: RunInput, state: RunState, runId: string) {
    this.world = world;
    this.input = input;
    this.state = state;
    this.runId = runId;
    this.clock = new Clock(world, state, input.speed);
    this.trail = new Trail(state);
    this.mailbox = new Mailbox(
      input.plan,
      state,
      (listener, event) => this.hears(listener, event, NOTHING_READ),
      (name) => this.reached(name),
    );
  }

  now(): number {
    return this.clock.now();
  }

  isoNow(): string {
    return new Date(this.now()).toISOString();
  }

  evaluate(expr: Expr): Json {
    return evaluate(expr, this.scope());
  }

  saw(expr: Expr): { readonly [path: string]: Json } {
    return saw(expr, this.scope());
  }

  groupId(name: string): string | undefined {
    return Object.hasOwn(this.input.plan.groups, name) ? this.input.plan.groups[name] : undefined;
  }

  assign(vars: { readonly [name: string]: Json }): void {
    Object.assign(this.state.vars, vars);
  }

  /** The first line of the timeline, before whatever comes first. */
  begin(): void {
    if (this.state.trail.length > 0) return;
    this.trail.add({ at: this.isoNow(), step: null, kind: 'enter', what: this.input.event.name });
  }

  /** A goal was counted: the store has it, this is its line. */
  private reached(name: string): void {
    this.begin();
    this.trail.add({ at: this.isoNow(), step: null, kind: 'goal', what: name });
    this.state.reports += 1;
    this.world.report(this.position, this.trail.takeUnreported(), this.state.reports, false);
  }

  /** Makes a step the present one. What it reads is still to be read, by `prepare`. */
  enter(step: PlanStep): void {
    this.step = step;
    this.readNow = NOTHING_READ;
  }

  /** Reads what the present step needs, once. */
  async prepare(step: PlanStep, reads: Reads): Promise<void> {
    const { holds } = this.state;
    this.readNow = await this.read(reads, holds === undefined ? step.id : `${step.id}.${holds}`);
  }

  /** The step's message is not to go out before a moment: the step begins again then. */
  keepBack(step: PlanStep, { until, why }: Hold): void {
    this.state.holds = (this.state.holds ?? 0) + 1;
    this.remember({ step: step.id, began: this.now(), seen: this.state.seen, until, passed: false, hold: why });
  }

  /** Ends when the moment has come before which the step's message is not to go out. */
  async sitOut(step: PlanStep): Promise<void> {
    const { wait } = this.state;
    if (wait?.hold === undefined || wait.until === null) return;
    this.step = step;
    const words = describeHold(step, wait.hold, wait.until, this.zone());
    for (let woken = true; woken; ) {
      this.report('waiting', words);
      woken = await this.clock.until(() => this.interrupted(), wait.until, words);
      if (woken) await this.resume();
    }
    this.state.wait = null;
    this.wasDue(wait.until);
  }

  /**
   * Whether something may keep the run from going on; then `pass` says so. Asked first, since every promise of a workflow
   * costs what a stack trace does (the SDK takes one of each), and mostly there is nothing to wait for.
   */
  get kept(): boolean {
    return this.leavingOrHeld() || this.judging !== null || this.mailbox.undecided.length > 0;
  }

  /** To be called, where `kept`, wherever the run may leave, hold or continue as new before it goes on. */
  async pass(): Promise<void> {
    await this.judge();
    if (this.state.exit !== null) throw new Exited(this.state.exit);
    if (this.state.paused) {
      this.report('paused', 'the flow is paused: set its status to active, or `flows resume` this run');
      this.wasDue(Math.max(this.now(), this.state.due?.at ?? 0), this.state.due);
      await this.world.until(() => !this.state.paused || this.state.exit !== null, null, 'paused');
      await this.pass();
    }
  }

  async wait(step: PlanStep, spec: WaitSpec): Promise<{ passed: boolean }> {
    const wait = await this.beginWait(step, spec);
    if (wait === null) return { passed: false };
    const words = describeWait(step, wait.until, this.zone());
    for (let woken = true; woken; ) {
      this.report('waiting', words);
      woken = await this.clock.until(() => this.interrupted(), wait.until, words);
      if (woken) await this.resume();
    }
    this.state.wait = null;
    if (wait.until !== null) this.wasDue(wait.until, windowOf(spec, this.zone(spec.timezone)));
    return { passed: wait.passed };
  }

  async waitFor(step: PlanSteps['wait_for']): Promise<{ arm: number; event: FlowEvent } | null> {
    const wait = await this.beginWait(step, step.timeout);
    if (wait === null) return null;
    const words = describeWait(step, wait.until, this.zone());
    let next = 0;
    for (;;) {
      const found = await this.firstMatch(step, wait.seen, next);
      if (found.taken !== null) {
        this.state.wait = null;
        return found.taken;
      }
      next = found.looked;
      this.report('waiting', words);
      const came = () => this.state.events.length > next && this.worthALook(step, wait.seen, next);
      const woken = await this.clock.until(() => this.interrupted() || came(), wait.until, words);
      await this.resume();
      if (!woken) {
        this.state.wait = null;
        if (wait.until !== null) this.wasDue(wait.until);
        return null;
      }
    }
  }

  async hold(step: PlanSteps['hold'], text: string): Promise<HoldDecision | 'timed_out'> {
    const wait = await this.beginWait(step, step.timeout);
    if (wait === null) return 'timed_out';
    const words = describeWait(step, wait.until, this.zone());
    for (let woken = true; woken && wait.decision === undefined; await this.resume()) {
      this.report('held', '`flows approve RUN`, or `flows reject RUN`', text);
      woken = await this.clock.until(() => this.interrupted() || wait.decision !== undefined, wait.until, words);
    }
    this.state.wait = null;
    this.wasDue(wait.decision === undefined && wait.until !== null ? wait.until : this.now());
    return wait.decision ?? 'timed_out';
  }

  async sendTime(step: PlanSteps['send_time']): Promise<void> {
    const { reactions = [] } = this.readNow;
    if (this.state.wait?.step !== step.id && reactions.length === 0) return;
    const moment = bestMoment({ now: this.now(), within: step.within, zone: this.zone(), reactions });
    await this.wait(step, { until: new Date(moment).toISOString() });
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

  async act(step: PlanStep & Acting, operation: Operation | Handover, part = 0): Promise<ActResult> {
    for (let generation = 1; ; generation += 1) {
      const effect = this.effect(step, operation, part, generation);
      const result = await this.settle(effect);
      if (result.outcome === 'accepted') return { outcome: 'done', ...answerOf(result) };
      if (result.outcome === 'skipped') return { outcome: 'skipped', reason: result.reason };
      if (result.resolution === 'resend') {
        // Without such a setting it was an operator who said so: they have waited long enough.
        if (effect.decides?.[result.outcome] === 'resend') await this.pause(step, result.reason, generation);
        continue;
      }
      const resolution = result.resolution ?? (await this.parkUntilResolved(step, result.reason, effect.key));
      if (resolution === 'sent') return { outcome: 'done' };
      if (resolution === 'skip') {
        if (result.outcome === 'unknown') return { outcome: 'unknown', reason: result.reason };
        return { outcome: 'failed', reason: result.reason, ...answerOf(result) };
      }
    }
  }

  /** Between two attempts of a step. The run does not continue as new meanwhile: it is in the middle of the step. */
  private async pause(step: PlanStep & Acting, reason: string, generation: number): Promise<void> {
    const until = this.now() + pauseAfter(step, generation);
    const words = describePause(step, generation + 1);
    for (let woken = true; woken; ) {
      this.report('running', words, reason);
      woken = await this.clock.until(() => this.leavingOrHeld() || this.mailbox.undecided.length > 0, until, words);
      if (woken) await this.pass();
    }
  }

  async park(step: PlanStep, reason: string): Promise<'again' | 'skip'> {
    const resolution = await this.parkUntilResolved(step, reason, null);
    return resolution === 'resend' ? 'again' : 'skip';
  }

  report(status: RunStatus, next: string | null, reason?: string, finishing = false): void {
    this.state.reports += 1;
    const position: RunPosition = {
      status,
      step: this.step?.id ?? null,
      kind: this.step?.kind ?? null,
      since: new Date(this.world.now()).toISOString(),
      next,
      ...(reason === undefined ? {} : { reason }),
      ...(this.state.migrated ? { version: this.input.plan.hash } : {}),
    };
    this.reported = position;
    this.world.report(position, this.trail.takeUnreported(), this.state.reports, finishing);
  }

  /** the last position reported; a run that has reported none is on its way through its first task */
  get position(): RunPosition {
    return this.reported ?? { status: 'running', step: null, kind: null, since: this.input.entered, next: null };
  }

  /** the run is at no step any more */
  leave(): void {
    this.step = null;
  }

  /** Exits whose `where` looks at the contact: read, then judged in order. One judge at a time. */
  judge(): Promise<void> {
    this.judging ??= this.judgeAll().finally(() => {
      this.judging = null;
    });
    return this.judging;
  }

  private effect(
    step: PlanStep & Acting,
    operation: Operation | Handover,
    part: number,
    generation: number,
  ): AnyEffect {
    const visit = this.state.visits[step.id] ?? 1;
    const decides = decidesOf(step, operation, generation);
    const { plan, speed } = this.input;
    const { ahead, due } = this.state;
    const limits = limitsOf(operation, { plan, ahead, speed, due, now: this.now(), zone: this.zone() });
    return {
      key: effectKey(this.input.entry, step.id, visit, generation, part),
      entry: this.input.entry,
      step: step.id,
      kind: step.kind,
      visit,
      generation,
      n: this.state.seen,
      operation,
      ...(decides === undefined ? {} : { decides }),
      ...(limits === undefined ? {} : { limits }),
    };
  }

  /** Asks until there is an answer that stands: past the barrier, past deferral. */
  private async settle(effect: AnyEffect): Promise<Exclude<EffectResult, { outcome: 'look' | 'hold' | 'deferred' }>> {
    const summary = describeOperation(effect);
    for (;;) {
      if (this.kept) await this.pass();
      const asked: AnyEffect = { ...effect, n: this.state.seen };
      // Nobody can tell how long a webhook takes, and nothing reaches the run while its task waits.
      const patient = effect.operation.type === 'webhook';
      let result: EffectResult | null = patient ? UNDER_WAY : await this.world.deliver(asked, summary);
      if (result.outcome === 'deferred') {
        const tries = patient ? '' : '; it is tried again until it goes out';
        this.report('running', `${summary}: ${result.reason}${tries}`);
        result = await this.world.deliverLater(asked, summary, () => this.leavingOrHeld());
      }
      if (result === null || result.outcome === 'deferred') continue;
      if (result.outcome === 'hold') throw new Hold(result.until, result.why);
      if (result.outcome !== 'look') return result;
      const { n } = result;
      await this.world.until(() => this.state.seen >= n || this.state.exit !== null, LOOK_MS, 'a notice is on its way');
    }
  }

  private async parkUntilResolved(
    step: PlanStep,
    reason: string,
    key: string | null,
  ): Promise<'sent' | 'resend' | 'skip'> {
    const { resolutions, settled } = this.mailbox;
    // What was decided before this step parked was decided about something else: the ledger remembers what still holds.
    resolutions.delete(step.id);
    this.report('parked', 'flows resolve RUN --as sent|resend|skip', reason);
    const evidence = () => key !== null && settled.get(key) === 'accepted';
    await this.world.until(
      () => resolutions.has(step.id) || evidence() || this.state.exit !== null,
      null,
      `${step.id} is parked`,
    );
    if (evidence()) return 'sent';
    const resolution = resolutions.get(step.id);
    resolutions.delete(step.id);
    await this.pass();
    return resolution ?? 'resend';
  }

  /** The wait in progress, taken up again after continue-as-new; null when its spec makes no moment and is skipped. */
  private async beginWait(step: PlanStep, spec: WaitSpec | null): Promise<NonNullable<RunState['wait']> | null> {
    if (this.state.wait?.step === step.id) return this.state.wait;
    for (;;) {
      const began = this.now();
      const wait = { step: step.id, began, seen: this.state.seen, until: null as number | null, passed: false };
      if (spec === null) return this.remember(wait);
      if (this.lacksZone(spec)) await this.readZone(step);
      const zone = this.zone(spec.timezone);
      const resolved = resolveWait(spec, { began, zone, value: (expr) => this.evaluate(expr) });
      if ('until' in resolved) {
        const passed = spec.until !== undefined && resolved.until <= began;
        return this.remember({ ...wait, until: Math.max(resolved.until, began), passed });
      }
      if ((await this.park(step, resolved.error)) === 'skip') return null;
    }
  }

  private remember(wait: NonNullable<RunState['wait']>): NonNullable<RunState['wait']> {
    this.state.wait = wait;
    return wait;
  }

  private async firstMatch(
    step: PlanSteps['wait_for'],
    seen: number,
    from: number,
  ): Promise<{ taken: { arm: number; event: FlowEvent } | null; looked: number }> {
    let at = from;
    for (; at < this.state.events.length; at += 1) {
      const { n, event, received } = this.state.events[at]!;
      if (step.lookback === 'none' && n <= seen) continue;
      for (const [arm, { on }] of step.arms.entries()) {
        if (on.event !== event.name) continue;
        const read = on.reads === undefined ? NOTHING_READ : await this.read(on.reads, `${step.id}.${n}`, event);
        if (!this.hears(on, event, read)) continue;
        this.state.events.splice(at, 1);
        const heard = received === undefined ? this.now() : Date.parse(received) + this.state.ahead;
        this.wasDue(Math.max(heard, this.state.wait?.began ?? heard));
        return { taken: { arm, event }, looked: at };
      }
    }
    return { taken: null, looked: at };
  }

  /** Whether one of the events from `from` on could match: exactly so where nothing has to be read first. */
  private worthALook(step: PlanSteps['wait_for'], seen: number, from: number): boolean {
    return this.state.events
      .slice(from)
      .some(
        ({ n, event }) =>
          !(step.lookback === 'none' && n <= seen) &&
          step.arms.some(
            ({ on }) => on.event === event.name && (on.reads !== undefined || this.hears(on, event, NOTHING_READ)),
          ),
      );
  }

  private hears(listener: Listener, event: FlowEvent, read: ReadResult): boolean {
    if (!sameFields(listener.match, this.input.event, event)) return false;
    return listener.where === null || truthy(evaluate(listener.where, this.scope(event, read)));
  }

  private async judgeAll(): Promise<void> {
    const { undecided } = this.mailbox;
    while (undecided.length > 0 && this.state.exit === null) {
      const { event, listener } = undecided[0]!;
      const read = await this.read(listener.reads!, `exit_on.${event.id}`, event);
      undecided.shift();
      if (this.hears(listener, event, read)) this.mailbox.exit(listener.reason);
    }
  }

  private async read(reads: Reads, at: string, incoming?: FlowEvent): Promise<ReadResult> {
    const visit = this.step === null ? 0 : (this.state.visits[this.step.id] ?? 0);
    const { entry, plan } = this.input;
    let known = NOTHING_READ;
    if (reads.counts !== undefined && plan.timezone === 'contact' && reads.contact.includes('timezone')) {
      // Since when events are counted may depend on the contact's calendar.
      known = await this.read({ contact: ['timezone'], groups: [] }, `${at}.timezone`);
    }
    const request = readRequest(entry, reads, this.scope(incoming, known));
    return this.world.read(request, `${at}/${visit}`, describeReads(reads));
  }

  /** What follows was to be done at `at`, ms on the run's clock. Kept only where it makes a difference. */
  private wasDue(at: number, window: Pick<Due, 'window' | 'zone'> = {}): void {
    if (this.input.plan.on_late !== undefined) this.state.due = { ...window, at };
  }

  private interrupted(): boolean {
    return this.leavingOrHeld() || this.mailbox.undecided.length > 0 || this.renewalDue();
  }

  /** The history has grown long, or there is a newer version to move to. */
  renewalDue(): boolean {
    return this.world.renewalDue() || movesTo(this.state, this.input.plan) !== null;
  }

  private leavingOrHeld(): boolean {
    return this.state.exit !== null || this.state.paused;
  }

  /** After a wait was woken: leave, hold, or continue as new with the wait still in `state.wait`. */
  private async resume(): Promise<void> {
    if (this.kept) await this.pass();
    if (this.renewalDue()) throw new Renewal();
  }

  private lacksZone(spec: WaitSpec): boolean {
    const setting = spec.timezone ?? this.input.plan.timezone;
    return setting === 'contact' && usesCalendar(spec) && this.readNow.contact.timezone === undefined;
  }

  private async readZone(step: PlanStep): Promise<void> {
    const { contact } = await this.read({ contact: ['timezone'], groups: [] }, `${step.id}.timezone`);
    this.readNow = { ...this.readNow, contact: { ...this.readNow.contact, ...contact } };
  }

  /** The nearest zone wins; `contact` is the contact's own, else the next outer one (LANGUAGE.md §2). */
  private zone(setting = this.input.plan.timezone, read = this.readNow): string {
    if (setting !== 'contact') return setting;
    const own = read.contact.timezone;
    if (typeof own === 'string' && isZone(own)) return own;
    const { timezone, project_timezone: project } = this.input.plan;
    return timezone === 'contact' ? project : timezone;
  }

  private scope(incoming?: FlowEvent, read = this.readNow): Scope {
    const { input, runId, state } = this;
    return scopeOf({ input, runId, state, read, now: this.now(), timezone: this.zone(undefined, read), incoming });
  }
}

function answerOf({ answer }: { readonly answer?: JsonObject }): { readonly answer?: JsonObject } {
  return answer === undefined ? {} : { answer };
}

/** The weekdays and the clock time of a wait, for those who come late to it. */
function windowOf({ weekdays, at }: WaitSpec, zone: string): Pick<Due, 'window' | 'zone'> {
  if (weekdays === undefined && at === undefined) return { zone };
  return { zone, window: { ...(weekdays === undefined ? {} : { weekdays }), ...(at === undefined ? {} : { at }) } };
}

/** Whether the contact's own zone can make a difference; a period of exact units needs none, and costs no read. */
function usesCalendar({ for: period, until, weekdays, at }: WaitSpec): boolean {
  const exact = period !== undefined && !('text' in period) && period.months === 0 && period.days === 0;
  return until !== undefined || weekdays !== undefined || at !== undefined || !exact;
}

/** Everything that takes time: waits, events waited for, holds. The wait in progress survives continue-as-new in the state. */
import { bestMoment } from '../plan/best-hour.ts';
import { negate } from '../plan/duration.ts';
import type { FlowEvent } from '../plan/event.ts';
import { addDuration } from '../plan/local-time.ts';
import type { HoldDecision } from '../plan/notice.ts';
import type { Duration, PlanStep, PlanSteps, WaitSpec } from '../plan/plan.ts';
import type { Due, RunState } from '../plan/run-state.ts';
import type { Task } from '../plan/task.ts';
import { resolveWait } from '../plan/wait-spec.ts';
import type { Effects } from './effects.ts';
import { NOTHING_READ, type Run } from './run.ts';
import { describeHold, describeWait } from './words.ts';
import type { Hold } from './world.ts';

type Wait = NonNullable<RunState['wait']>;

export class Waits {
  private readonly run: Run;
  private readonly effects: Effects;

  constructor(run: Run, effects: Effects) {
    this.run = run;
    this.effects = effects;
  }

  /** The step's message is not to go out before a moment: the step begins again then. */
  keepBack(step: PlanStep, { until, why }: Hold): void {
    this.run.state.holds = (this.run.state.holds ?? 0) + 1;
    this.remember({ step: step.id, began: this.run.now(), seen: this.run.state.seen, until, passed: false, hold: why });
  }

  /** Ends when the moment has come before which the step's message is not to go out. */
  *sitOut(step: PlanStep): Task<void> {
    const { wait } = this.run.state;
    if (wait?.hold === undefined || wait.until === null) return;
    this.run.step = step;
    yield* this.untilMoment(wait.until, describeHold(step, wait.hold, wait.until, this.run.zone()));
    this.run.wasDue(wait.until);
  }

  *wait(step: PlanStep, spec: WaitSpec): Task<{ passed: boolean }> {
    const wait = yield* this.beginWait(step, spec);
    if (wait === null) return { passed: false };
    yield* this.untilMoment(wait.until, describeWait(step, wait.until, this.run.zone()));
    if (wait.until !== null) this.run.wasDue(wait.until, windowOf(spec, this.run.zone(spec.timezone)));
    return { passed: wait.passed };
  }

  /** Sits until a moment, whatever comes in between; then the wait in progress is over. */
  private *untilMoment(moment: number | null, words: string): Task<void> {
    for (let woken = true; woken; ) {
      this.run.report('waiting', words);
      woken = yield* this.run.until(() => this.run.interrupted(), moment, words);
      if (woken) yield* this.run.resume();
    }
    this.run.state.wait = null;
  }

  *waitFor(step: PlanSteps['wait_for']): Task<{ arm: number; event: FlowEvent } | null> {
    const resumed = this.run.state.wait?.step === step.id;
    const wait = yield* this.beginWait(step, step.timeout);
    if (wait === null) return null;
    if (!resumed) yield* this.bringPast(step, wait);
    const words = describeWait(step, wait.until, this.run.zone());
    let next = 0;
    for (;;) {
      const found = yield* this.firstMatch(step, wait, next);
      if (found.taken !== null) {
        this.end();
        return found.taken;
      }
      next = found.looked;
      this.run.report('waiting', words);
      const came = () => this.run.state.events.length > next && this.worthALook(step, wait, next);
      const woken = yield* this.run.until(() => this.run.interrupted() || came(), wait.until, words);
      yield* this.run.resume();
      if (!woken) {
        this.end();
        if (wait.until !== null) this.run.wasDue(wait.until);
        return null;
      }
    }
  }

  *hold(step: PlanSteps['hold'], text: string): Task<HoldDecision | 'timed_out'> {
    const wait = yield* this.beginWait(step, step.timeout);
    if (wait === null) return 'timed_out';
    const words = describeWait(step, wait.until, this.run.zone());
    for (let woken = true; woken && wait.decision === undefined; yield* this.run.resume()) {
      this.run.report('held', '`flows approve RUN`, or `flows reject RUN`', text);
      woken = yield* this.run.until(() => this.run.interrupted() || wait.decision !== undefined, wait.until, words);
    }
    this.run.state.wait = null;
    this.run.wasDue(wait.decision === undefined && wait.until !== null ? wait.until : this.run.now());
    return wait.decision ?? 'timed_out';
  }

  *sendTime(step: PlanSteps['send_time']): Task<void> {
    const { reactions = [] } = this.run.readNow;
    if (this.run.state.wait?.step !== step.id && reactions.length === 0) return;
    const moment = bestMoment({ now: this.run.now(), within: step.within, zone: this.run.zone(), reactions });
    yield* this.wait(step, { until: new Date(moment).toISOString() });
  }

  /** The wait in progress, taken up again after continue-as-new; null when its spec makes no moment and is skipped. */
  private *beginWait(step: PlanStep, spec: WaitSpec | null): Task<Wait | null> {
    if (this.run.state.wait?.step === step.id) return this.run.state.wait;
    for (;;) {
      const began = this.run.now();
      const wait = { step: step.id, began, seen: this.run.state.seen, until: null as number | null, passed: false };
      if (spec === null) return this.remember(wait);
      if (this.lacksZone(spec)) yield* this.readZone(step);
      const zone = this.run.zone(spec.timezone);
      const resolved = resolveWait(spec, { began, zone, value: (expr) => this.run.evaluate(expr) });
      if ('until' in resolved) {
        const passed = spec.until !== undefined && resolved.until <= began;
        return this.remember({ ...wait, until: Math.max(resolved.until, began), passed });
      }
      if ((yield* this.effects.park(step, resolved.error)) === 'skip') return null;
    }
  }

  private remember(wait: Wait): Wait {
    this.run.state.wait = wait;
    return wait;
  }

  /** A `lookback` that is a period reaches behind the event that started the run. */
  private *bringPast(step: PlanSteps['wait_for'], wait: Wait): Task<void> {
    if (typeof step.lookback === 'string') return;
    const names = [...new Set(step.arms.map(({ on }) => on.event))];
    const past = yield* this.run.readPast(names, this.reach(step.lookback, wait), step);
    this.run.state.events.unshift(...past.map((event, i) => ({ n: i - past.length, event })));
  }

  /** ms on the run's clock: how far back a period goes */
  private reach(period: Duration, { began }: Wait): number {
    return addDuration(began, negate(period), this.run.zone());
  }

  /** The wait is over, and with it what was brought from before the run. */
  private end(): void {
    const { state } = this.run;
    state.wait = null;
    if (state.events.some(({ n }) => n < 0)) state.events = state.events.filter(({ n }) => n >= 0);
  }

  private isInReach(step: PlanSteps['wait_for'], item: RunState['events'][number], wait: Wait): boolean {
    const { n, event } = item;
    if (this.cameTooLate(item, wait)) return false;
    if (step.lookback === 'entry' || n > wait.seen) return true;
    if (step.lookback === 'none') return false;
    const { ahead } = this.run.state;
    return Date.parse(event.time) + (n < 0 ? 0 : ahead) >= this.reach(step.lookback, wait);
  }

  /** Received when the time was over, which the run did not notice before: it was held, or nobody could tell it. */
  private cameTooLate({ received }: RunState['events'][number], { until }: Wait): boolean {
    if (until === null || received === undefined || this.run.now() <= until) return false;
    return Date.parse(received) + this.run.state.ahead > until && this.run.world.since('catch_up');
  }

  private *firstMatch(
    step: PlanSteps['wait_for'],
    wait: Wait,
    from: number,
  ): Task<{ taken: { arm: number; event: FlowEvent } | null; looked: number }> {
    let at = from;
    for (; at < this.run.state.events.length; at += 1) {
      const item = this.run.state.events[at]!;
      const { n, event, received } = item;
      if (!this.isInReach(step, item, wait)) continue;
      for (const [arm, { on }] of step.arms.entries()) {
        if (on.event !== event.name) continue;
        const read = on.reads === undefined ? NOTHING_READ : yield* this.run.read(on.reads, `${step.id}.${n}`, event);
        if (!this.run.hears(on, event, read)) continue;
        this.run.state.events.splice(at, 1);
        if (n < 0) this.run.state.takenPast = [...(this.run.state.takenPast ?? []), event.id];
        const heard = received === undefined ? this.run.now() : Date.parse(received) + this.run.state.ahead;
        this.run.wasDue(Math.max(heard, this.run.state.wait?.began ?? heard));
        return { taken: { arm, event }, looked: at };
      }
    }
    return { taken: null, looked: at };
  }

  /** Whether one of the events from `from` on could match: exactly so where nothing has to be read first. */
  private worthALook(step: PlanSteps['wait_for'], wait: Wait, from: number): boolean {
    return this.run.state.events
      .slice(from)
      .some(
        (item) =>
          this.isInReach(step, item, wait) &&
          step.arms.some(
            ({ on }) =>
              on.event === item.event.name && (on.reads !== undefined || this.run.hears(on, item.event, NOTHING_READ)),
          ),
      );
  }

  private lacksZone(spec: WaitSpec): boolean {
    const setting = spec.timezone ?? this.run.input.plan.timezone;
    return setting === 'contact' && usesCalendar(spec) && this.run.readNow.contact.timezone === undefined;
  }

  private *readZone(step: PlanStep): Task<void> {
    const { contact } = yield* this.run.read({ contact: ['timezone'], groups: [] }, `${step.id}.timezone`);
    this.run.readNow = { ...this.run.readNow, contact: { ...this.run.readNow.contact, ...contact } };
  }
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

/** What the parts of the host share: one run with its world, its state, what it has read, and how it speaks of itself. */
import type { ReadResult } from '../plan/effect.ts';
import { evaluate, type Scope, truthy } from '../plan/evaluate.ts';
import type { FlowEvent } from '../plan/event.ts';
import type { Expr, Reads } from '../plan/expression.ts';
import type { Json } from '../plan/json.ts';
import { isZone } from '../plan/local-time.ts';
import type { RunInput, RunPosition, RunStatus } from '../plan/notice.ts';
import type { ExitListener, Listener, PlanStep } from '../plan/plan.ts';
import type { Due, RunState } from '../plan/run-state.ts';
import { sameFields } from '../plan/same-fields.ts';
import { drive, settled, type Task } from '../plan/task.ts';
import { toText } from '../plan/values.ts';
import { Clock } from './clock.ts';
import { Mailbox } from './mailbox.ts';
import { movesTo } from './migration.ts';
import { readRequest } from './read-request.ts';
import { scopeOf } from './scope.ts';
import { Trail } from './trail.ts';
import { describeReads } from './words.ts';
import { Exited, Renewal, type World } from './world.ts';

/** A wait that ends so much later than it should, in real ms, was not merely next in a queue. */
const BEHIND_MS = 5_000;
/** how long a run waits for a notice that the store says was sent, or decided, before it goes on or asks again */
export const LOOK_MS = 30_000;
const CATCHING_UP = 'what was received meanwhile comes first';

export const NOTHING_READ: ReadResult = { contact: {}, groups: {} };

export class Run {
  readonly world: World;
  readonly input: RunInput;
  readonly state: RunState;
  readonly clock: Clock;
  readonly mailbox: Mailbox;
  readonly trail: Trail;
  /** the present step; null before the first and after the last */
  step: PlanStep | null = null;
  /** what the present step has read */
  readNow: ReadResult = NOTHING_READ;
  private readonly runId: string;
  private judging: Promise<void> | null = null;
  private reported: RunPosition | null = null;

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
      (listener, event) => this.leavesFor(listener, event, NOTHING_READ),
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

  /** To be called wherever the run may leave, hold or continue as new before it goes on. */
  *pass(): Task<void> {
    const judging = this.judge();
    if (judging !== null) yield* settled(judging);
    if (this.state.exit !== null) throw new Exited(this.state.exit);
    if (this.state.paused) {
      this.report('paused', 'the flow is paused: set its status to active, or `flows resume` this run');
      this.wasDue(Math.max(this.now(), this.state.due?.at ?? 0), this.state.due);
      yield* this.world.until(() => !this.state.paused || this.state.exit !== null, null, 'paused');
      yield* this.pass();
    }
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

  /**
   * Exits whose `where` looks at the contact: read, then judged in order. One judge at a time, beside whatever the run does.
   * Null: there is nothing to judge.
   */
  judge(): Promise<void> | null {
    if (this.judging === null && this.mailbox.undecided.length > 0 && this.state.exit === null) {
      this.judging = drive(this.judgeAll()).finally(() => {
        this.judging = null;
      });
    }
    return this.judging;
  }

  /** The reason for which the event makes the person leave; null: it does not. */
  private leavesFor(listener: ExitListener, event: FlowEvent, read: ReadResult): string | null {
    if (!this.hears(listener, event, read)) return null;
    const { says, reason } = listener;
    return (says === undefined ? '' : toText(evaluate(says, this.scope(event, read))).trim()) || reason;
  }

  hears(listener: Listener, event: FlowEvent, read: ReadResult): boolean {
    if (!sameFields(listener.match, this.input.event, event)) return false;
    return listener.where === null || truthy(evaluate(listener.where, this.scope(event, read)));
  }

  private *judgeAll(): Task<void> {
    const { undecided } = this.mailbox;
    while (undecided.length > 0 && this.state.exit === null) {
      const { event, listener } = undecided[0]!;
      const read = yield* this.read(listener.reads!, `exit_on.${event.id}`, event);
      undecided.shift();
      this.mailbox.leave(this.leavesFor(listener, event, read));
    }
  }

  *read(reads: Reads, at: string, incoming?: FlowEvent): Task<ReadResult> {
    const visit = this.step === null ? 0 : (this.state.visits[this.step.id] ?? 0);
    const { entry, plan } = this.input;
    let known = NOTHING_READ;
    if (reads.counts !== undefined && plan.timezone === 'contact' && reads.contact.includes('timezone')) {
      // Since when events are counted may depend on the contact's calendar.
      known = yield* this.read({ contact: ['timezone'], groups: [] }, `${at}.timezone`);
    }
    const request = readRequest(entry, reads, this.scope(incoming, known));
    return yield* this.world.read(request, `${at}/${visit}`, describeReads(reads));
  }

  /** Events of these names from before the run, back to a moment (ms): those that no `wait_for` of it has taken. */
  *readPast(events: readonly string[], since: number, step: PlanStep): Task<readonly FlowEvent[]> {
    const { entry, entered } = this.input;
    const past = { events, since: new Date(since).toISOString(), before: entered };
    const at = `${step.id}.past/${this.state.visits[step.id] ?? 0}`;
    const read = yield* this.world.read({ entry, contact: [], groups: [], past }, at, `read past ${events.join(', ')}`);
    const taken = this.state.takenPast ?? [];
    return (read.past ?? []).filter(({ id }) => !taken.includes(id));
  }

  /** What follows was to be done at `at`, ms on the run's clock. Kept only where it makes a difference. */
  wasDue(at: number, window: Pick<Due, 'window' | 'zone'> = {}): void {
    if (this.input.plan.on_late !== undefined) this.state.due = { ...window, at };
  }

  /**
   * Waits; true when `predicate` came to hold. Where the moment has long passed, as after an outage, what was received
   * meanwhile comes first: the timer fires as soon as Temporal is back, while the router may only begin to tell.
   */
  *until(predicate: () => boolean, moment: number | null, words: string): Task<boolean> {
    const held = yield* this.clock.until(predicate, moment, words);
    if (held || moment === null || this.clock.late <= BEHIND_MS) return held;
    return (yield* this.catchUp(`late.${moment}`)) && predicate();
  }

  /** A run that begins long after its event was received: what was received since comes first, an exit for one. */
  *beginLate(): Task<void> {
    const { received, entered } = this.input;
    if (this.world.now() - Date.parse(received ?? entered) > BEHIND_MS) yield* this.catchUp('begin');
  }

  /** Ends when the run has seen everything that was received for the person by now; false: nothing of it concerns the run. */
  private *catchUp(at: string): Task<boolean> {
    if (!this.hearsOthers() || !this.world.since('catch_up')) return false;
    const { state, step, input } = this;
    this.report('running', CATCHING_UP);
    const request = { entry: input.entry, contact: [], groups: [], caughtUp: true } as const;
    const where = step === null ? at : `${step.id}.${at}/${state.visits[step.id] ?? 0}`;
    const { caughtUp = 0 } = yield* this.world.read(request, where, CATCHING_UP);
    // Sent is not seen: what Temporal has taken meanwhile comes with the next task.
    const seen = () => state.seen >= caughtUp || state.exit !== null;
    if (!seen()) yield* this.world.until(seen, LOOK_MS, CATCHING_UP);
    return true;
  }

  /** Whether anything that is received could make a difference to a run that waits. */
  private hearsOthers(): boolean {
    const { listens, goals, reentry } = this.input.plan;
    return listens.length > 0 || goals !== undefined || reentry.mode === 'restart' || this.step?.kind === 'hold';
  }

  interrupted(): boolean {
    return this.leavingOrHeld() || this.mailbox.undecided.length > 0 || this.renewalDue();
  }

  /** The history has grown long, or there is a newer version to move to. */
  renewalDue(): boolean {
    return this.world.renewalDue() || movesTo(this.state, this.input.plan) !== null;
  }

  leavingOrHeld(): boolean {
    return this.state.exit !== null || this.state.paused;
  }

  /** After a wait was woken: leave, hold, or continue as new with the wait still in `state.wait`. */
  *resume(): Task<void> {
    yield* this.pass();
    if (this.renewalDue()) throw new Renewal();
  }

  /** The nearest zone wins; `contact` is the contact's own, else the next outer one (LANGUAGE.md §2). */
  zone(setting = this.input.plan.timezone, read = this.readNow): string {
    if (setting !== 'contact') return setting;
    const own = read.contact.timezone;
    if (typeof own === 'string' && isZone(own)) return own;
    const { timezone, project_timezone: project } = this.input.plan;
    return timezone === 'contact' ? project : timezone;
  }

  scope(incoming?: FlowEvent, read = this.readNow): Scope {
    const { input, runId, state } = this;
    return scopeOf({ input, runId, state, read, now: this.now(), timezone: this.zone(undefined, read), incoming });
  }
}

/** What arrives while the run is at work: notices become state, at once and in order, without an await. */
import type { FlowEvent } from '../plan/event.ts';
import type { HoldDecision, Notice } from '../plan/notice.ts';
import type { ExitListener, Plan } from '../plan/plan.ts';
import type { RunState } from '../plan/run-state.ts';

export type Resolution = 'sent' | 'resend' | 'skip';

export class Mailbox {
  /** what an operator decided for a parked step; taken once */
  readonly resolutions = new Map<string, Resolution>();
  /** late evidence by the effect's key */
  readonly settled = new Map<string, 'accepted' | 'rejected'>();
  /** events whose `where` needs a read before anybody knows whether the person exits by them */
  readonly undecided: { readonly event: FlowEvent; readonly listener: ExitListener }[] = [];
  private readonly waitedFor: ReadonlySet<string>;
  private readonly plan: Plan;
  private readonly state: RunState;
  private readonly judged: (listener: ExitListener, event: FlowEvent) => string | null;
  private readonly reached: (goal: string) => void;

  /** `judged` judges a listener that needs no read, and gives the reason to leave for. `reached` hears of each goal counted. */
  constructor(
    plan: Plan,
    state: RunState,
    judged: (listener: ExitListener, event: FlowEvent) => string | null,
    reached: (goal: string) => void,
  ) {
    this.reached = reached;
    this.plan = plan;
    this.state = state;
    this.judged = judged;
    const names = Object.values(plan.steps).flatMap((step) =>
      step.kind === 'wait_for' ? step.arms.map((arm) => arm.on.event) : [],
    );
    this.waitedFor = new Set(names);
  }

  take(notice: Notice): void {
    if (notice.n <= this.state.seen) return;
    this.state.seen = notice.n;
    switch (notice.kind) {
      case 'event':
        this.takeGoals(notice.goals ?? []);
        this.takeEvent(notice.event, notice.n, notice.received);
        return;
      case 'exit':
        this.exit(notice.reason);
        return;
      case 'pause':
        this.state.paused = true;
        return;
      case 'resume':
        this.state.paused = false;
        return;
      case 'migrate':
        this.state.newer = notice.plan!;
        return;
      case 'resolve':
        this.resolutions.set(notice.step, notice.as);
        return;
      case 'decide':
        this.decide(notice.step, notice.as);
        return;
      case 'settled':
        this.settled.set(notice.key, notice.outcome);
        return;
    }
  }

  /** The first word on a hold counts; one for a hold that is over has nothing to decide. */
  decide(step: string | null, as: HoldDecision): void {
    if (this.state.wait?.step === step) this.state.wait.decision ??= as;
  }

  /** The first reason stands: whoever came first ended the run. */
  exit(reason: string): void {
    this.state.exit ??= reason;
  }

  /** Null: the event is none to leave for. */
  leave(reason: string | null): void {
    if (reason !== null) this.exit(reason);
  }

  /** Before what else the event does: a conversion counts although it ends the run. */
  private takeGoals(names: readonly string[]): void {
    for (const name of names) {
      this.reached(name);
      if (this.plan.goals?.some((goal) => goal.name === name && goal.exit)) this.exit(name);
    }
  }

  private takeEvent(event: FlowEvent, n: number, received: string | undefined): void {
    for (const listener of this.plan.exit_on) {
      if (listener.event !== event.name) continue;
      if (listener.reads !== undefined) this.undecided.push({ event, listener });
      else this.leave(this.judged(listener, event));
    }
    if (this.waitedFor.has(event.name)) {
      this.state.events.push({ n, event, ...(received === undefined ? {} : { received }) });
    }
  }
}

/** One run of a simulation: the real interpreter over a virtual world. */
import { FlowHost } from '../interpreter/flow-host.ts';
import { freshState, interpret } from '../interpreter/interpret.ts';
import type { Notice, NoticeBody, RunInput, RunPosition, TrailLine } from '../plan/notice.ts';
import type { Plan } from '../plan/plan.ts';
import type { RunState } from '../plan/run-state.ts';
import { drive } from '../plan/task.ts';
import { parkedLine } from './subject.ts';
import { StillWaiting } from './virtual-time.ts';
import { VirtualWorld, type VirtualWorldOptions } from './virtual-world.ts';

export class VirtualRun {
  /** workflow id */
  readonly id: string;
  readonly input: RunInput;
  /** what happened so far; where the run parked stands in it as well, with outcome `parked` */
  readonly lines: TrailLine[] = [];
  /** `completed`, the reason of the exit, `parked`, or `waiting`; null while the simulation goes on */
  outcome: string | null = null;
  /** names of the goals reached so far */
  readonly counted = new Set<string>();
  private readonly state: RunState;
  private readonly host: FlowHost;
  private readonly world: VirtualWorld;
  private told = 0;

  constructor(id: string, input: RunInput, world: Pick<VirtualWorldOptions, 'start' | 'deliver' | 'read'>) {
    this.id = id;
    this.input = input;
    this.state = freshState(input);
    this.world = new VirtualWorld({ ...world, report: (position, lines) => this.reported(position, lines) });
    this.host = new FlowHost(this.world, input, this.state, id);
  }

  get plan(): Plan {
    return this.input.plan;
  }

  /** Ids of the steps the run has come to. */
  get reached(): readonly string[] {
    return Object.keys(this.state.visits);
  }

  get position(): RunPosition {
    return this.host.position;
  }

  /** Runs to its end, or to where nothing more happens. Rejects only for a mistake of the engine. */
  async run(): Promise<void> {
    try {
      const { reason } = await drive(interpret(this.host, this.input, this.state));
      this.outcome = reason;
    } catch (error) {
      if (!(error instanceof StillWaiting)) throw error;
      this.outcome = this.position.status === 'parked' ? 'parked' : 'waiting';
    }
  }

  /** A notice, as the router numbers them. */
  tell(body: NoticeBody): void {
    this.told += 1;
    this.host.mailbox.take({ ...body, n: this.told } as Notice);
    void this.host.judge();
  }

  /** Goals reached after the end, at a moment in ISO 8601 UTC. */
  reach(goals: readonly string[], at: string): void {
    for (const what of goals) this.lines.push({ seq: this.lines.length, at, step: null, kind: 'goal', what });
  }

  private reported(position: RunPosition, lines: readonly TrailLine[]): void {
    this.lines.push(...lines);
    if (position.status !== 'parked') return;
    this.lines.push(parkedLine(this.plan, position, { seq: this.lines.length, at: this.host.isoNow() }));
  }
}

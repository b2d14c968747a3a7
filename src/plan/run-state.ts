/** What a run carries through continue-as-new: everything it knows that is not in its input. Plain JSON. */
import type { FlowEvent } from './event.ts';
import type { Json } from './json.ts';
import type { HoldDecision, TrailLine } from './notice.ts';
import type { Plan, WaitSpec } from './plan.ts';

/** When what a run does now was to be done. */
export interface Due {
  /** ms on the run's clock */
  readonly at: number;
  /** the weekdays and clock time that the wait before it asked for */
  readonly window?: Pick<WaitSpec, 'weekdays' | 'at'>;
  /** IANA zone of that wait */
  readonly zone?: string;
}

export interface RunState {
  /** the step the run is at, not yet done */
  cursor: string | null;
  /** number of the last notice seen */
  seen: number;
  /** the run's clock ahead of the real one, in ms (grows with every timer when speed > 1) */
  ahead: number;
  vars: { [name: string]: Json };
  steps: { [id: string]: { [field: string]: Json } };
  visits: { [step: string]: number };
  /** events that a wait_for may still take, in order of acceptance, each with the number of its notice; below 0: from before the run */
  events: { n: number; event: FlowEvent; received?: string }[];
  /** the wait in progress: `seen` when it began, and when it ends on the run's clock (null = never) */
  wait: {
    step: string;
    began: number;
    seen: number;
    until: number | null;
    passed: boolean;
    /** only of a hold: what an operator said */
    decision?: HoldDecision;
    /** only of a message that is kept back: why */
    hold?: 'quiet' | 'late';
  } | null;
  /** ids of events from before the run that a wait_for has taken */
  takenPast?: string[];
  /** how often a message was kept back so far: what its step reads is read again each time */
  holds?: number;
  /** only where the plan says what becomes of late messages */
  due?: Due;
  /** every `repeat` that is not over, from the outside in, and the round it is in */
  rounds?: { step: string; round: number }[];
  /** a newer version of the flow, to move to at the next wait */
  newer?: Plan;
  /** the run has moved to another version than it entered with */
  migrated?: true;
  paused: boolean;
  /** why the person leaves; null = has not been told to */
  exit: string | null;
  /** orders the positions that this run reports */
  reports: number;
  trail: TrailLine[];
  /** lines dropped from the front of the trail to keep it bounded */
  dropped: number;
}

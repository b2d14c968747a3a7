/** What a run carries through continue-as-new: everything it knows that is not in its input. Plain JSON. */
import type { FlowEvent } from './event.ts';
import type { Json } from './json.ts';
import type { TrailLine } from './notice.ts';

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
  /** events that a later wait_for may still take, in order of acceptance, with the run's clock when they arrived */
  events: { at: number; event: FlowEvent }[];
  /** the wait in progress: when it began, and when it ends on the run's clock; null = never */
  wait: { step: string; began: number; until: number | null; passed: boolean } | null;
  paused: boolean;
  parked: { step: string; reason: string } | null;
  trail: TrailLine[];
  /** lines dropped from the front of the trail to keep it bounded */
  dropped: number;
}

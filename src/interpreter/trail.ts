import type { TrailLine } from '../plan/notice.ts';
import type { RunState } from '../plan/run-state.ts';

/** Lines a run carries along; older ones are in the store only. Keeps results and continue-as-new inputs small. */
const KEPT_LINES = 200;

/** The timeline of one run: appended here, handed to the world in portions. */
export class Trail {
  private readonly state: RunState;
  private unreported: TrailLine[] = [];

  constructor(state: RunState) {
    this.state = state;
  }

  add(line: Omit<TrailLine, 'seq'>): void {
    const { trail } = this.state;
    const numbered: TrailLine = { seq: this.state.dropped + trail.length, ...line };
    trail.push(numbered);
    this.unreported.push(numbered);
    if (trail.length > KEPT_LINES) {
      trail.shift();
      this.state.dropped += 1;
    }
  }

  takeUnreported(): readonly TrailLine[] {
    const lines = this.unreported;
    this.unreported = [];
    return lines;
  }
}

import type { Sinks } from '@temporalio/workflow';
import type { RunPosition, TrailLine } from '../plan/notice.ts';

/** What a run reports to the store, free of history: best effort, newest `number` wins. */
export interface RunReportLine {
  readonly entry: string;
  readonly number: number;
  readonly position: RunPosition;
  readonly lines: readonly TrailLine[];
  /** the run is about to close: a hint, the closer asks Temporal */
  readonly finishing: boolean;
}

export interface RunSinks extends Sinks {
  runs: { report(line: RunReportLine): void };
}

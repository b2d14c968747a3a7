/** The costs that the docs tell, counted in recorded histories. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MARKER_EVENTS, RUN_COST, SIGNAL_COST, type TemporalCost, TIMER_COST } from '../../src/docs/costs.ts';

interface Parts {
  readonly timers?: number;
  readonly signals?: number;
  /** timers that something came before */
  readonly canceled?: number;
  readonly markers: number;
  /** workflow tasks that made a marker */
  readonly markedTasks: number;
}

function told({ timers = 0, signals = 0, canceled = 0, markers, markedTasks }: Parts): TemporalCost {
  // A timer that was canceled has its start and its end; the task that goes on is the signal's.
  const events = RUN_COST.events + timers * TIMER_COST.events + signals * SIGNAL_COST.events + canceled * 2;
  return {
    events: events + markers * MARKER_EVENTS,
    actions: RUN_COST.actions + (timers + canceled) * TIMER_COST.actions + signals * SIGNAL_COST.actions + markedTasks,
  };
}

function counted(name: string): TemporalCost {
  const path = join(import.meta.dirname, '..', 'histories', `${name}.json`);
  const { events } = JSON.parse(readFileSync(path, 'utf8')) as { events: Record<string, unknown>[] };
  const having = (attributes: string) => events.filter((event) => event[attributes] !== undefined);
  const tasks = having('markerRecordedEventAttributes').map(
    (event) =>
      (event.markerRecordedEventAttributes as { workflowTaskCompletedEventId: unknown }).workflowTaskCompletedEventId,
  );
  const own = [
    'workflowExecutionStartedEventAttributes',
    'timerStartedEventAttributes',
    'workflowExecutionSignaledEventAttributes',
  ];
  return {
    events: events.length,
    actions: own.flatMap(having).length + new Set(tasks.map(String)).size,
  };
}

const RUNS: readonly (readonly [history: string, parts: Parts])[] = [
  ['branches-yes', { markers: 2, markedTasks: 1 }],
  ['profile', { markers: 5, markedTasks: 1 }],
  ['sends', { timers: 1, markers: 3, markedTasks: 2 }],
  ['wait-for-timeout', { timers: 2, markers: 1, markedTasks: 1 }],
  ['wait-for-event', { timers: 1, signals: 2, canceled: 1, markers: 1, markedTasks: 1 }],
];

test.each(RUNS)('%s', (history, parts) => {
  expect(counted(history)).toEqual(told(parts));
});

import type { temporal } from '@temporalio/proto';

type History = temporal.api.history.v1.IHistory;

export interface HistoryCost {
  readonly events: number;
  /** billable actions of Temporal Cloud: start, timer, signal, activity attempt; all markers of one task are one */
  readonly actions: number;
}

export function costOf(history: History): HistoryCost {
  const events = history.events ?? [];
  const markedTasks = new Set<string>();
  let actions = 0;
  for (const event of events) {
    if (event.workflowExecutionStartedEventAttributes) actions += 1;
    if (event.timerStartedEventAttributes) actions += 1;
    if (event.workflowExecutionSignaledEventAttributes) actions += 1;
    if (event.activityTaskStartedEventAttributes) actions += event.activityTaskStartedEventAttributes.attempt ?? 1;
    if (event.markerRecordedEventAttributes)
      markedTasks.add(String(event.markerRecordedEventAttributes.workflowTaskCompletedEventId));
    if (event.upsertWorkflowSearchAttributesEventAttributes) actions += 1;
  }
  return { events: events.length, actions: actions + markedTasks.size };
}

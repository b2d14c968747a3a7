/** What a step costs in Temporal; a test counts in recorded histories. Actions are what Temporal Cloud bills. */
import type { Cost } from '../steps/definition.ts';

export interface TemporalCost {
  readonly events: number;
  readonly actions: number;
}

/** A run before it does anything: its start, its first task, its end. */
export const RUN_COST: TemporalCost = { events: 5, actions: 1 };
/** A timer started and fired, and the workflow task that goes on. */
export const TIMER_COST: TemporalCost = { events: 5, actions: 1 };
/** A signal and its workflow task; the timer that it ends is canceled (1 event more) and was an action of its own. */
export const SIGNAL_COST: TemporalCost = { events: 4, actions: 1 };
/** An effect or a read is the marker of a local activity; all markers of one workflow task are one action. */
export const MARKER_EVENTS = 1;
/** An ordinary activity scheduled, started and completed, and the workflow task that goes on. */
export const CALL_COST: TemporalCost = { events: 6, actions: 1 };

export const COST_WORDS: { readonly [cost in Cost]: string } = {
  nothing: 'Nothing: it is decided inside the workflow task that reaches it.',
  effect: `${MARKER_EVENTS} event. Effects and reads that follow each other without a wait between them are 1 action together, however many they are.`,
  timer: `${words(TIMER_COST)}.`,
  answer: `${words(TIMER_COST)} when it times out, ${words({ events: SIGNAL_COST.events + 2, actions: SIGNAL_COST.actions + 1 })} when the answer comes before; without \`timeout\`, ${words(SIGNAL_COST)}.`,
  call: `${words(CALL_COST)} for each attempt: nobody knows how long it takes, so it is an ordinary activity.`,
};

export const READ_WORDS =
  'What the expressions of a step look at in the store (`contact.…`, `in_group`, `in_flow`, `count`) is read at once, which is 1 event more.';

function words({ events, actions }: TemporalCost): string {
  return `${events} events and ${actions} ${actions === 1 ? 'action' : 'actions'}`;
}

import type { ReadResult } from '../plan/effect.ts';
import type { Scope } from '../plan/evaluate.ts';
import type { FlowEvent } from '../plan/event.ts';
import type { JsonObject } from '../plan/json.ts';
import type { RunInput } from '../plan/notice.ts';
import type { RunState } from '../plan/run-state.ts';

export interface ScopeFacts {
  readonly input: RunInput;
  readonly runId: string;
  readonly state: RunState;
  readonly read: ReadResult;
  readonly now: number;
  readonly timezone: string;
  /** the event being looked at, only in `where` of a listener */
  readonly incoming?: FlowEvent;
}

/** The names of LANGUAGE.md §4, as one step of one run sees them. */
export function scopeOf({ input, runId, state, read, now, timezone, incoming }: ScopeFacts): Scope {
  const { event, plan } = input;
  const trigger: JsonObject = { name: event.name, id: event.id, time: event.time, source: event.source };
  return {
    event: event.data,
    incoming: incoming === undefined ? {} : incoming.data,
    trigger,
    contact: read.contact,
    groups: read.groups,
    ...(read.flows !== undefined && { flows: read.flows }),
    ...(read.counts !== undefined && { counts: read.counts }),
    vars: state.vars,
    steps: read.sends === undefined ? state.steps : withReactions(state.steps, read.sends),
    run: { id: runId, flow: plan.flow, version: plan.hash, entered_at: input.entered },
    now: new Date(now).toISOString(),
    timezone,
  };
}

/** What a read brought of a message stands beside what its step came to. */
function withReactions(steps: RunState['steps'], sends: NonNullable<ReadResult['sends']>): RunState['steps'] {
  return {
    ...steps,
    ...Object.fromEntries(Object.entries(sends).map(([id, said]) => [id, { ...steps[id], ...said }])),
  };
}

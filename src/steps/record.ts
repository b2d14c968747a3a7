/** What `save` and `remove` have in common. */
import type { Operation } from '../plan/effect.ts';
import type { JsonObject } from '../plan/json.ts';
import type { PlanSteps, RecordKind } from '../plan/plan.ts';
import { neededFields } from '../plan/record-fields.ts';
import type { Task } from '../plan/task.ts';
import { actOutcome, cannotAct } from './act-outcome.ts';
import { evaluateAll } from './evaluate-all.ts';
import type { Host, StepResult } from './host.ts';

/** Mapp needs to know when something was put there; without a word of the author it is now. */
const TIMED: readonly RecordKind[] = ['abandoned_cart', 'abandoned_browse', 'wishlist'];

export function* changeRecord(step: Records, host: Host): Task<StepResult> {
  for (;;) {
    const fields = { ...timeOf(step, host), ...evaluateAll(step.with, host) };
    const filter = step.filter === undefined ? null : evaluateAll(step.filter, host, 'keep nulls');
    const reason = problemOf(step, fields, filter);
    if (reason === null) return yield* change(step, fields, filter, host);
    const ending = yield* cannotAct(step, reason, host);
    if (ending !== null) return { next: step.next, what: step.record, ...ending };
  }
}

type Records = PlanSteps['save' | 'remove'];

function timeOf(step: Records, host: Host): JsonObject {
  const timed = step.kind === 'save' && TIMED.includes(step.record);
  return timed ? { createdAt: new Date(host.now()).toISOString() } : {};
}

/** Without its key Mapp drops the event, unseen. A filter that has lost a column means other rows, or all of them. */
function problemOf({ kind, record }: Records, fields: JsonObject, filter: JsonObject | null): string | null {
  const missing = neededFields(record, kind).find((name) => !Object.hasOwn(fields, name));
  if (missing !== undefined) return `"${missing}" is null, and "${kind}: ${record}" needs it`;
  const lost = Object.entries(filter ?? {}).find(([, value]) => value === null);
  return lost === undefined ? null : `"${lost[0]}" of the filter is null`;
}

function* change(step: Records, fields: JsonObject, filter: JsonObject | null, host: Host): Task<StepResult> {
  const operation: Operation = {
    type: 'record',
    action: step.kind,
    record: step.record,
    fields,
    ...(step.kind === 'save' && step.mode !== undefined && { mode: step.mode }),
    ...(filter !== null && { filter }),
  };
  const result = yield* host.act(step, operation);
  return { next: step.next, what: step.record, data: fields, ...actOutcome(result, 'done', step) };
}

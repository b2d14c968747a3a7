/** `step` and `backfill` in the entry of a reserved event (LANGUAGE.md §3). */
import { unknownStepId } from '../diagnostics/codes-names.ts';
import { keyWithout } from '../diagnostics/codes-shape.ts';
import type { Expr } from '../plan/expression.ts';
import { reservedEvent } from '../plan/reserved-events.ts';
import { type Entry, entry, type MapNode, textOf } from '../source/node.ts';
import type { RawStep } from '../steps/definition.ts';
import type { ListenerPlace } from './listeners.ts';
import { bothOf } from './named-event.ts';

/** A step that sends a message. */
export interface Send {
  readonly id: string;
  /** the author gave the id */
  readonly named: boolean;
  /** null where the name has a mistake */
  readonly message: string | null;
}

export function sendsOf(all: readonly RawStep[]): Send[] {
  return all
    .filter(({ kind }) => kind.startsWith('send_') && kind !== 'send_time')
    .map(({ id, named, what }) => ({ id, named, message: textOf(what) }));
}

/** What the keys ask of the event; null: nothing. `written`: the entry, null for a bare name. */
export function reservedCondition(written: MapNode | null, event: string, place: ListenerPlace): Expr {
  const main = reservedEvent(event)?.main ?? null;
  const step = written === null ? undefined : entry(written, 'step');
  const backfill = written === null ? undefined : entry(written, 'backfill');
  const report = place.reporter.report.bind(place.reporter);
  const starts = place.key === 'on';
  if (backfill !== undefined && (main !== 'audience' || !starts)) {
    report(backfill.keySpan, keyWithout('backfill', '"audience_entered" and "audience_exited" in "on"'));
  }
  if (step !== undefined && (main !== 'message' || starts)) {
    report(step.keySpan, keyWithout('step', 'events of messages, such as "message_opened", of this run: not in "on"'));
    return null;
  }
  if (step !== undefined) return bothOf(ofStep(step, place), OF_THIS_RUN);
  if (main === 'message' && !starts && written !== null && entry(written, event) !== undefined) return OF_THIS_RUN;
  const wanted = backfill?.value.type === 'scalar' && backfill.value.value === true;
  // A source that tells of all members again would otherwise start the flow for each of them.
  return main === 'audience' && starts && !wanted ? ['!=', ['get', 'event', 'backfill'], true] : null;
}

const RUN: Expr = ['get', 'incoming', 'run'];
/** "That message as this run sent it" (LANGUAGE.md §3). Where nobody can tell which run sent it, the message decides. */
const OF_THIS_RUN: Expr = ['or', ['==', RUN, null], ['==', RUN, ['get', 'run', 'id']]];

function ofMessage(message: string): Expr {
  return ['==', ['get', 'incoming', 'message'], message];
}

function ofStep({ value }: Entry, { sends, reporter }: ListenerPlace): Expr {
  const id = textOf(value);
  if (id === null) return null;
  const ids = sends.filter(({ named }) => named).map((send) => send.id);
  if (!ids.includes(id)) reporter.report(value.span, unknownStepId(id, ids));
  const message = sends.find((send) => send.id === id)?.message ?? null;
  const own: Expr = ['==', ['get', 'incoming', 'step'], id];
  // Feedback that came without a key may not know the step, but the message it does.
  return message === null ? own : ['or', own, ['and', ['==', ['get', 'incoming', 'step'], null], ofMessage(message)]];
}

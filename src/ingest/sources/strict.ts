/** What strict sources have in common: bad events are named in the answer, and a request with nothing valid is refused. */
import type { CanonicalEvent } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { EVENTS_PER_REQUEST, overLimit, storable, type Violation } from '../limits.ts';
import { Problem } from '../problem.ts';
import type { Parsed } from '../source-adapter.ts';
import { inOrder } from './in-order.ts';

/** `violations`: with pointers into the item */
export type ReadStrictly = { readonly event: CanonicalEvent } | { readonly violations: readonly Violation[] };

/**
 * One event, or a list of them.
 *
 * @throws Problem 413 over the limit of events, 422 where none is valid, and where the list is empty unless `mayBeEmpty`
 */
export function readStrictly(
  body: Json,
  read: (item: Json, index: number) => ReadStrictly,
  options: { readonly mayBeEmpty?: boolean } = {},
): Parsed {
  const isList = Array.isArray(body);
  const items = (isList ? body : [body]) as readonly Json[];
  if (items.length > EVENTS_PER_REQUEST) throw tooManyEvents(items.length);
  const events: CanonicalEvent[] = [];
  const rejected: Rejected[] = [];
  for (const [index, item] of items.entries()) {
    const result = read(item, index);
    const prefix = isList ? `/${index}` : '';
    if ('event' in result) events.push(result.event);
    else {
      const violations = result.violations.map((one) => ({ ...one, pointer: `${prefix}${one.pointer}` }));
      rejected.push({ index, violations });
    }
  }
  if (events.length === 0 && !(options.mayBeEmpty && items.length === 0)) throw nothingValid(rejected, isList);
  return parsed(events, rejected);
}

/** The event, unless it breaks a limit or holds what cannot be stored. */
export function withinLimits(event: CanonicalEvent): ReadStrictly {
  const limit = overLimit(event) ?? unstorable(event);
  return limit ? { violations: [limit] } : { event };
}

interface Rejected {
  readonly index: number;
  /** pointers into the whole body */
  readonly violations: readonly Violation[];
}

function parsed(events: readonly CanonicalEvent[], rejected: readonly Rejected[]): Parsed {
  return {
    events: inOrder(events, ({ time }) => ({ time: Date.parse(time) })),
    quarantined: [],
    rejected: rejected.length,
    answer(outcomes) {
      const accepted = outcomes.filter((outcome) => outcome === 'accepted').length;
      return {
        status: 202,
        body: { accepted, duplicates: outcomes.length - accepted, rejected: rejected.map(oneLine) },
      };
    },
  };
}

/** One entry per event in the answer: the first mistake's place, and what is wrong altogether. */
function oneLine({ index, violations }: Rejected): { index: number } & Violation {
  return { index, ...violations[0]!, detail: violations.map((one) => one.detail).join('; ') };
}

/** A strict source gets an error where others get replacement characters. */
function unstorable(event: CanonicalEvent): Violation | null {
  const notes: { pointer: string; detail: string }[] = [];
  storable(event as unknown as JsonObject, '', notes);
  const [note] = notes;
  return note
    ? {
        code: 'invalid_event',
        pointer: note.pointer,
        detail: 'holds a NUL character or half a surrogate pair, which cannot be stored',
      }
    : null;
}

function tooManyEvents(count: number): Problem {
  return new Problem('too_large', `the request holds ${count} events; at most ${EVENTS_PER_REQUEST} are accepted`, {
    errors: [{ pointer: '', detail: `at most ${EVENTS_PER_REQUEST} events` }],
    extra: { limitEvents: EVENTS_PER_REQUEST },
    rejected: count,
  });
}

function nothingValid(rejected: readonly Rejected[], isList: boolean): Problem {
  const violations = rejected.flatMap((one) => one.violations);
  const errors = violations.map(({ pointer, detail }) => ({ pointer, detail }));
  if (rejected.length === 0) {
    return new Problem('invalid_event', 'the array holds no event', {
      errors: [{ pointer: '', detail: 'the array is empty' }],
    });
  }
  if (isList) {
    return new Problem('invalid_event', 'no event of the array is valid; nothing was stored', {
      errors,
      rejected: rejected.length,
    });
  }
  const code = violations[0]!.code;
  return new Problem(code, 'the event cannot be taken; nothing was stored', { errors, rejected: 1 });
}

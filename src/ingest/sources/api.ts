import { randomUUID } from 'node:crypto';
import { type CanonicalEvent, type Contact, IDENTIFIER_KINDS } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { readIdentifier } from '../contact.ts';
import { EVENTS_PER_REQUEST, overLimit, readName, storable, type Violation } from '../limits.ts';
import { Problem } from '../problem.ts';
import { matchesBearer } from '../secrets.ts';
import type { IngestRequest, Parsed, SourceAdapter } from '../source-adapter.ts';
import { readTimestamp, TIMESTAMP_HELP } from '../timestamp.ts';
import { apiEvent } from './api-schema.ts';

/** The own API: strict, `POST /v1/events` (CONTRACT.md §3). */
export const api: SourceAdapter = {
  type: 'api',
  scheme: 'Bearer',
  contentType: 'required',

  authenticate({ headers }, secrets) {
    return matchesBearer(headers.authorization, secrets);
  },

  parse(request) {
    const isList = Array.isArray(request.body);
    const items = (isList ? request.body : [request.body]) as readonly Json[];
    if (items.length > EVENTS_PER_REQUEST) throw tooManyEvents(items.length);
    const key = idempotencyKey(request);
    const events: CanonicalEvent[] = [];
    const rejected: Rejected[] = [];
    for (const [index, item] of items.entries()) {
      const result = readEvent(item, request, key && isList ? `${key}/${index}` : key);
      const prefix = isList ? `/${index}` : '';
      if ('event' in result) events.push(result.event);
      else {
        const violations = result.violations.map((one) => ({ ...one, pointer: `${prefix}${one.pointer}` }));
        rejected.push({ index, violations });
      }
    }
    if (events.length === 0) throw nothingValid(rejected, isList);
    return parsed(events, rejected);
  },
};

interface Rejected {
  readonly index: number;
  /** pointers into the whole body */
  readonly violations: readonly Violation[];
}

function parsed(events: readonly CanonicalEvent[], rejected: readonly Rejected[]): Parsed {
  return {
    events,
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

type ReadEvent = { readonly event: CanonicalEvent } | { readonly violations: readonly Violation[] };

function readEvent(item: Json, request: IngestRequest, key: string | null): ReadEvent {
  const checked = apiEvent.safeParse(item);
  if (!checked.success) {
    return {
      violations: checked.error.issues.map((issue) => ({
        code: 'invalid_event',
        pointer: issue.path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
        detail: `${issue.path.length === 0 ? 'the event' : issue.path.at(-1)!.toString()} ${issue.message}`,
      })),
    };
  }
  const given = checked.data;
  const violations: Violation[] = [];
  const refuse = (pointer: string, detail: string) => violations.push({ code: 'invalid_event', pointer, detail });

  const name = readName(given.event);
  if (name === null)
    refuse('/event', 'the name must have 1 to 256 characters besides spaces, and no control characters');
  const id = given.id === undefined || given.id === null ? null : readName(String(given.id));
  if (id === null && given.id != null) refuse('/id', 'an id must have 1 to 256 characters, and no control characters');
  const time = given.time === undefined || given.time === null ? request.received.getTime() : readTimestamp(given.time);
  if (time === null) refuse('/time', `time is no moment: accepted is ${TIMESTAMP_HELP}`);
  const { contact, problems } = readContact(given.contact as JsonObject);
  for (const [pointer, detail] of problems) refuse(pointer, detail);
  const flow = given.flow ?? undefined;
  if (name === 'manual' && flow === undefined)
    refuse('/flow', 'with event "manual", `flow` must name the flow to start');
  if (name !== 'manual' && flow !== undefined) refuse('/flow', '`flow` is accepted with event "manual" only');
  if (violations.length > 0) return { violations };

  const made = id ?? key ?? randomUUID();
  const event: CanonicalEvent = {
    name: name!,
    id: made,
    time: new Date(Math.min(time!, request.received.getTime())).toISOString(),
    source: request.source,
    data: (given.data ?? {}) as JsonObject,
    // The two ways to name an event must not meet: an id may look like a key and its index.
    dedupeKey: id === null && key !== null ? `idempotency-key ${key}` : made,
    received: request.received.toISOString(),
    contact,
    ...(flow === undefined ? {} : { flow }),
  };
  const limit = overLimit(event) ?? unstorable(event);
  return limit ? { violations: [limit] } : { event };
}

function readContact(given: JsonObject): { contact: Contact; problems: [pointer: string, detail: string][] } {
  const problems: [string, string][] = [];
  const contact: { -readonly [K in keyof Contact]: string } = {};
  for (const kind of IDENTIFIER_KINDS) {
    const { value, problem } = readIdentifier(kind, given[kind]);
    if (problem !== undefined) problems.push([`/contact/${kind}`, problem]);
    if (value !== undefined) contact[kind] = value;
  }
  if (problems.length === 0 && Object.keys(contact).length === 0) {
    problems.push(['/contact', `needs at least one usable identifier: ${IDENTIFIER_KINDS.join(', ')}`]);
  }
  return { contact, problems };
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

function idempotencyKey(request: IngestRequest): string | null {
  const header = request.headers['idempotency-key'];
  if (header === undefined) return null;
  const key = readName(String(header).replace(/^"(.*)"$/, '$1'));
  if (key === null || key.length > 200) {
    throw new Problem('invalid_event', 'the Idempotency-Key header must have 1 to 200 characters', {
      errors: [{ pointer: null, detail: 'Idempotency-Key: 1 to 200 characters, no control characters' }],
    });
  }
  return key;
}

function tooManyEvents(count: number): Problem {
  return new Problem('too_large', `the request holds ${count} events; at most ${EVENTS_PER_REQUEST} are accepted`, {
    errors: [{ pointer: '', detail: `at most ${EVENTS_PER_REQUEST} events` }],
    extra: { limitEvents: EVENTS_PER_REQUEST },
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
  if (isList) return new Problem('invalid_event', 'no event of the array is valid; nothing was stored', { errors });
  const code = violations[0]!.code;
  return new Problem(code, 'the event cannot be taken; nothing was stored', { errors });
}

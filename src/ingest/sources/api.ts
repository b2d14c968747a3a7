import { randomUUID } from 'node:crypto';
import type { z } from 'zod';
import { type CanonicalEvent, type Contact, IDENTIFIER_KINDS } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { isZone } from '../../plan/local-time.ts';
import { reservedEvent } from '../../plan/reserved-events.ts';
import { readIdentifier } from '../contact.ts';
import { pointerTo } from '../json-pointer.ts';
import { readName, type Violation } from '../limits.ts';
import { Problem } from '../problem.ts';
import { matchesBearer } from '../secrets.ts';
import type { IngestRequest, KnownFlow, SourceAdapter } from '../source-adapter.ts';
import { readTimestamp, TIMESTAMP_HELP } from '../timestamp.ts';
import { apiEvent } from './api-schema.ts';
import { type ReadStrictly, readStrictly, withinLimits } from './strict.ts';
import { withoutNulls } from './values.ts';

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
    const key = idempotencyKey(request);
    return readStrictly(request.body, (item, index) =>
      readEvent(item, request, key && isList ? `${key}/${index}` : key),
    );
  },
};

function readEvent(item: Json, request: IngestRequest, key: string | null): ReadStrictly {
  const checked = apiEvent.safeParse(item);
  if (!checked.success) {
    return { violations: checked.error.issues.flatMap(violationsOf) };
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
  const zone = given.contact.timezone ?? undefined;
  if (zone !== undefined && !isZone(zone))
    refuse('/contact/timezone', `"${zone.slice(0, 80)}" is no IANA time zone, such as Europe/Berlin`);
  const flow = given.flow ?? undefined;
  if (name === 'manual' && flow === undefined)
    refuse('/flow', 'with event "manual", `flow` must name the flow to start');
  const unknown = name === 'manual' && flow !== undefined ? startProblem(flow, request.flows ?? []) : null;
  if (unknown !== null) refuse('/flow', unknown);
  if (name !== null && name !== 'manual' && reservedEvent(name)?.starts)
    refuse(
      '/event',
      `"${name}" is no event that can be sent: flows start by it on their own; "manual" with \`flow\` starts one by hand`,
    );
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
    ...told(given.contact),
    ...(flow === undefined ? {} : { flow }),
    ...(given.consent ? { consent: given.consent } : {}),
    ...unusedKeys(given),
  };
  return withinLimits(event);
}

function violationsOf(issue: z.core.$ZodIssue): Violation[] {
  const violation = (path: readonly PropertyKey[], detail: string): Violation => ({
    code: 'invalid_event',
    pointer: pointerTo('', ...path),
    detail,
  });
  const { path } = issue;
  if (issue.code !== 'unrecognized_keys') {
    return [violation(path, `${path.length === 0 ? 'the event' : String(path.at(-1))} ${issue.message}`)];
  }
  // Only the consent has a closed form: a channel that nobody knows would be an objection that is lost.
  const known = Object.keys(apiEvent.shape.consent.unwrap().unwrap().shape).join(', ');
  return issue.keys.map((key) =>
    violation([...path, key], `unknown channel ${JSON.stringify(key.slice(0, 80))}: known are ${known}`),
  );
}

/** Keys that mean nothing here: a producer's own, or slips. They are kept, and said to be of no use. */
function unusedKeys(given: z.infer<typeof apiEvent>): Pick<CanonicalEvent, 'unused' | 'notes'> {
  const event = Object.entries(given).filter(([key]) => !Object.hasOwn(apiEvent.shape, key));
  const contact = Object.entries(given.contact).filter(([key]) => !Object.hasOwn(apiEvent.shape.contact.shape, key));
  if (event.length + contact.length === 0) return {};
  const notes = [
    ...event.map(([key]) => ({
      pointer: pointerTo('', key),
      detail: 'is no key of an event: fields of its own stand in data',
    })),
    ...contact.map(([key]) => ({ pointer: pointerTo('', 'contact', key), detail: 'is no key of a contact' })),
  ];
  return {
    unused: {
      ...Object.fromEntries(event),
      ...(contact.length > 0 && { contact: Object.fromEntries(contact) }),
    } as JsonObject,
    notes,
  };
}

/** Why nobody can start this flow by hand, or null. */
function startProblem(flow: string, known: readonly KnownFlow[]): string | null {
  if (known.length === 0) return null;
  const found = known.find((one) => one.flow === flow);
  if (found?.manual) return null;
  const startable = known.filter(({ manual }) => manual).map((one) => one.flow);
  const list = startable.length === 0 ? 'no published flow is' : `those that are: ${startable.join(', ')}`;
  const what =
    found === undefined
      ? `no flow ${JSON.stringify(flow)} is published`
      : `flow ${JSON.stringify(flow)} is not started by hand`;
  return found === undefined
    ? `${what}; published are ${known.map((one) => one.flow).join(', ')}`
    : `${what}: its "on" has no "manual"; ${list}`;
}

/** What the event says of the contact, beside who it is. */
function told(given: z.infer<typeof apiEvent>['contact']): Pick<CanonicalEvent, 'profile' | 'timezone'> {
  const attributes = (given.attributes ?? {}) as JsonObject;
  const unset = Object.keys(attributes).filter((name) => attributes[name] === null);
  return {
    ...(Object.keys(attributes).length > 0 && { profile: { set: withoutNulls(attributes), unset } }),
    ...(given.timezone && { timezone: given.timezone }),
  };
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

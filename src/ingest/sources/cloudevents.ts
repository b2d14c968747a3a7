import type { IncomingHttpHeaders } from 'node:http';
import { type CanonicalEvent, IDENTIFIER_KINDS } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { reservedEvent } from '../../plan/reserved-events.ts';
import { isText, NAME_LENGTH, type Violation } from '../limits.ts';
import { Problem } from '../problem.ts';
import { readJson } from '../read-json.ts';
import { matchesBearer } from '../secrets.ts';
import type { IngestRequest, SourceAdapter } from '../source-adapter.ts';
import { readTimestamp } from '../timestamp.ts';
import { type ReadStrictly, readStrictly, withinLimits } from './strict.ts';
import { isObject, joinedKey, object, text } from './values.ts';
import { contactIn } from './webhook-contact.ts';

/**
 * CloudEvents 1.0 over HTTP (github.com/cloudevents/spec): structured, binary and batch mode, strict. Structured events and
 * lists of them are known by their `specversion` where the content type is plain JSON. `source` and `id` make the key.
 */
export const cloudevents: SourceAdapter = {
  type: 'cloudevents',
  scheme: 'Bearer',
  contentType: 'lenient',
  accepts: ['application/cloudevents+json', 'application/cloudevents-batch+json', 'application/json'],

  authenticate({ headers }, secrets) {
    return matchesBearer(headers.authorization, secrets);
  },

  parse(request) {
    const mode = modeOf(request);
    if (mode === 'batch' && !Array.isArray(request.body)) throw notA('a batch', 'a JSON array of CloudEvents');
    if (mode === 'structured' && Array.isArray(request.body)) throw notA('one event', 'a JSON object, not an array');
    if (mode === 'binary') {
      const attributes = attributesOf(request.headers);
      return readStrictly({ ...attributes, data: request.body }, (item) => readEvent(item, request));
    }
    return readStrictly(request.body, (item) => readEvent(item, request), { mayBeEmpty: mode === 'batch' });
  },
};

type Mode = 'batch' | 'structured' | 'binary' | 'sniffed';

/** HTTP protocol binding 1.0.2, section 3: batch is tested first, since its type begins like the other's. */
function modeOf({ headers, body }: IngestRequest): Mode {
  const type = (headers['content-type'] ?? '').toLowerCase();
  if (type.startsWith('application/cloudevents-batch')) return 'batch';
  if (type.startsWith('application/cloudevents')) return 'structured';
  if (Object.keys(headers).some((name) => /^ce-(id|source|type|specversion)$/.test(name))) return 'binary';
  const items = Array.isArray(body) ? (body as readonly Json[]) : [body];
  if (items.length > 0 && items.every((item) => isObject(item) && Object.hasOwn(item, 'specversion'))) return 'sniffed';
  throw notA('a CloudEvent', 'headers ce-id, ce-source, ce-type and ce-specversion, or a body with these attributes');
}

function notA(what: string, wanted: string): Problem {
  return new Problem('invalid_event', `this is not ${what}: ${wanted} is needed`, {
    errors: [{ pointer: '', detail: `needed: ${wanted}` }],
  });
}

/** Attributes of binary mode. */
function attributesOf(headers: IncomingHttpHeaders): JsonObject {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]): [string, Json][] =>
      name.startsWith('ce-') && value !== undefined ? [[name.slice(3), decoded(name, String(value))]] : [],
    ),
  );
}

/**
 * Values are percent-encoded, once; those of older senders stand in quotes. What is no UTF-8 then is refused (HTTP protocol
 * binding 1.0.2, section 3.1.3.2): overlong forms would hide what a value says. A percent sign of its own is one.
 */
function decoded(name: string, value: string): string {
  const quoted = /^"(.*)"$/.exec(value)?.[1];
  try {
    return (quoted?.replace(/\\(.)/g, '$1') ?? value).replace(/(?:%[0-9a-f]{2})+/gi, (bytes) =>
      decodeURIComponent(bytes),
    );
  } catch {
    const detail = `the header ${name} is not UTF-8 when it is percent-decoded`;
    const errors = [{ pointer: `/${name.slice(3)}`, detail }];
    throw new Problem('invalid_event', 'the event cannot be taken; nothing was stored', { errors, rejected: 1 });
  }
}

const REQUIRED = ['id', 'source', 'type', 'specversion'] as const;
/** Most characters of each; a source is a URI, which may be long. */
const LONGEST = { id: NAME_LENGTH, source: 2_048, type: NAME_LENGTH, specversion: NAME_LENGTH } as const;
const OPTIONAL_TEXTS = ['subject', 'datacontenttype', 'dataschema'] as const;

function readEvent(item: Json, request: IngestRequest): ReadStrictly {
  if (!isObject(item)) return { violations: [violation('', 'a CloudEvent must be an object')] };
  const violations = [...violationsOf(item)];
  const data = dataOf(item, violations);
  const time = (item.time ?? null) === null ? request.received.getTime() : readTimestamp(item.time);
  if (time === null || /^\d+$/.test(String(item.time)))
    violations.push(violation('/time', 'time must be RFC 3339 with an offset, such as 2026-03-27T10:00:00Z'));
  const { contact, problems } = contactIn(data);
  for (const [pointer, detail] of problems) violations.push(violation(`/data${pointer}`, detail));
  if (violations.length === 0 && Object.keys(contact).length === 0) {
    const detail = `needs at least one usable identifier (${IDENTIFIER_KINDS.join(', ')}), or data.email`;
    violations.push(violation('/data/contact', detail));
  }
  if (violations.length > 0) return { violations };
  const [id, source, name] = [text(item.id)!, text(item.source)!, text(item.type)!];
  const event: CanonicalEvent = {
    name: name.trim(),
    id,
    time: new Date(Math.min(time!, request.received.getTime())).toISOString(),
    source: request.source,
    data,
    dedupeKey: joinedKey(source, id, ...(name === LYTICS ? [text(item.time) ?? ''] : [])),
    received: request.received.toISOString(),
    contact,
  };
  return withinLimits(event);
}

/** Lytics' id names the user, not the event. (A source of type `lytics` reads more of these.) */
const LYTICS = 'com.lytics.audience.user.event';

function* violationsOf(item: JsonObject): Generator<Violation> {
  for (const name of REQUIRED) {
    if (!Object.hasOwn(item, name)) yield violation(`/${name}`, `${name} is missing`);
    else if (!isText(item[name], LONGEST[name])) {
      const longest = LONGEST[name];
      yield violation(`/${name}`, `${name} must be a text of 1 to ${longest} characters, without control characters`);
    }
  }
  const name = typeof item.type === 'string' ? item.type.trim() : '';
  if (reservedEvent(name)?.starts)
    yield violation('/type', `"${name}" is no event that can be sent: flows start by it on their own`);
  if (typeof item.specversion === 'string' && item.specversion !== '1.0')
    yield violation('/specversion', 'specversion must be "1.0"');
  for (const name of OPTIONAL_TEXTS) {
    const value = item[name] ?? null;
    if (value !== null && (typeof value !== 'string' || value === ''))
      yield violation(`/${name}`, `${name} must be a text with something in it`);
  }
  for (const [name, value] of Object.entries(item)) {
    if (name === 'data' || name === 'data_base64') continue;
    if (!/^[a-z0-9]+$/.test(name))
      yield violation('', `attribute names are of a-z and 0-9; ${JSON.stringify(name.slice(0, 80))} is not`);
    else if (typeof value === 'object' && value !== null)
      yield violation(`/${name}`, `${name} must be text, a number or a boolean`);
  }
  if (Object.hasOwn(item, 'data') && Object.hasOwn(item, 'data_base64'))
    yield violation('/data_base64', 'data and data_base64 exclude each other');
}

/** `data` where it is an object; fields of anything else could not be named. */
function dataOf(item: JsonObject, violations: Violation[]): JsonObject {
  if (!Object.hasOwn(item, 'data_base64')) return object(item.data);
  const encoded = item.data_base64;
  if (typeof encoded === 'string' && /^[A-Za-z0-9+/]*={0,2}$/.test(encoded)) {
    try {
      return object(readJson(Buffer.from(encoded, 'base64')));
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
    }
  }
  violations.push(violation('/data_base64', 'data_base64 must be JSON in base64'));
  return {};
}

function violation(pointer: string, detail: string): Violation {
  return { code: 'invalid_event', pointer, detail };
}

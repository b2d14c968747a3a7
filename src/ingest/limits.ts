import type { CanonicalEvent, EventNote } from '../plan/event.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import { pointerTo } from './json-pointer.ts';
import { depthOver } from './read-json.ts';

/** Most events one request may hold: what Mapp Connect takes in a batch. */
export const EVENTS_PER_REQUEST = 1_000;
/** Most bytes of one event as JSON, with everything we add to it. */
export const EVENT_BYTES = 64 * 1024;
/** Levels of nesting of `data`; the object itself is the first. */
const DATA_DEPTH = 8;
/** Most characters of an event's name, of an id and of a key. */
export const NAME_LENGTH = 256;

/** Why an event cannot be taken, and where: JSON pointer into the event. */
export interface Violation {
  readonly code: 'invalid_event' | 'too_large';
  readonly pointer: string;
  readonly detail: string;
}

/** A name or id: 1 to 256 characters, trimmed, without control characters; null if it is not one. */
export function readName(raw: Json | undefined): string | null {
  if (typeof raw !== 'string') return null;
  const name = raw.trim();
  return isText(name, NAME_LENGTH) ? name : null;
}

/** A text of something besides spaces, of at most `longest` characters, without control characters. */
export function isText(raw: Json | undefined, longest: number): boolean {
  if (typeof raw !== 'string') return false;
  const text = raw.trim();
  return text !== '' && text.length <= longest && !/[\p{Cc}\p{Cs}]/u.test(text);
}

/** The first limit that an event's data or size breaks. */
export function overLimit(event: CanonicalEvent): Violation | null {
  if (depthOver(event.data, DATA_DEPTH)) {
    return { code: 'invalid_event', pointer: '/data', detail: `data is nested more than ${DATA_DEPTH} levels deep` };
  }
  const long = tooLongName(event);
  if (long !== null) return long;
  const bytes = Buffer.byteLength(JSON.stringify(event));
  if (bytes <= EVENT_BYTES) return null;
  return {
    code: 'too_large',
    pointer: '',
    detail: `the event has ${bytes} bytes; at most ${EVENT_BYTES} are accepted`,
  };
}

/** Names that are looked up: of an audience, and of what is known of the contact. */
function tooLongName({ name, data, profile }: CanonicalEvent): Violation | null {
  const detail = (what: string, { length }: string) =>
    `${what} has ${length} characters; at most ${NAME_LENGTH} are accepted`;
  const { audience } = data;
  if (/^audience_(entered|exited)$/.test(name) && typeof audience === 'string' && audience.length > NAME_LENGTH)
    return { code: 'invalid_event', pointer: '/data/audience', detail: detail('the audience', audience) };
  const attributes = [...Object.keys(profile?.set ?? {}), ...(profile?.unset ?? [])];
  const long = attributes.find((one) => one.length > NAME_LENGTH);
  if (long === undefined) return null;
  return { code: 'invalid_event', pointer: '/contact/attributes', detail: detail('the name of an attribute', long) };
}

/** NUL characters, which Postgres refuses, and halves of surrogate pairs, which are no text. */
const UNSTORABLE = /[\0\p{Cs}]/gu;

/**
 * Replaces what Postgres cannot keep by U+FFFD, and notes where. Keys are cleaned too. Nearly every value can be kept and
 * comes back as it is: making it anew cost more than anything else that is done with an event.
 */
export function storable<T extends Json>(value: T, at: string, notes: EventNote[]): T {
  return isStorable(value) ? value : (clean(value, at, notes) as T);
}

function isStorable(value: Json): boolean {
  if (typeof value === 'string') return value.search(UNSTORABLE) === -1;
  if (typeof value !== 'object' || value === null) return true;
  if (Array.isArray(value)) return value.every(isStorable);
  const object = value as JsonObject;
  return Object.keys(object).every((name) => isStorable(name) && isStorable(object[name]!));
}

function clean(value: Json, at: string, notes: EventNote[]): Json {
  if (typeof value === 'string') {
    const text = value.replace(UNSTORABLE, '\uFFFD');
    if (text !== value)
      notes.push({
        pointer: at,
        detail: 'held characters that cannot be stored (NUL or half a surrogate pair); they are U+FFFD now',
      });
    return text;
  }
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: Json, index) => clean(item, `${at}/${index}`, notes));
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const key = clean(name, at, notes) as string;
      return [key, clean(inner, pointerTo(at, key), notes)];
    }),
  );
}

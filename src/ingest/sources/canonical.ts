/** How an absorbing source's event becomes ours: one set of rules for names, times, keys and limits. */
import type { Alias, CanonicalEvent, Contact, EventNote } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { isPlaceholder } from '../contact.ts';
import { EVENT_BYTES, NAME_LENGTH, overLimit, readName, storable } from '../limits.ts';
import type { IngestRequest } from '../source-adapter.ts';
import { contentKey, without } from './values.ts';

/** What a producer told of one contact, in its own words but at our places. */
export interface Told {
  readonly name: Json | undefined;
  /** milliseconds since 1970; null: there is one that cannot be read; undefined: none was told, so it is now */
  readonly time: number | null | undefined;
  /** the producer's field that `time` comes from, for the reason */
  readonly timeField: string;
  /** the producer's id of the event */
  readonly id?: string | undefined;
  /** what a repetition is known by, where that is not the id */
  readonly key?: string;
  readonly contact: Contact;
  readonly data: JsonObject;
  readonly facts?: Facts;
}

/** What an event tells of its contact, and how it is to be taken. */
export type Facts = Pick<
  CanonicalEvent,
  | 'aliases'
  | 'identityChange'
  | 'erase'
  | 'profile'
  | 'consent'
  | 'feedback'
  | 'timezone'
  | 'development'
  | 'replay'
  | 'notes'
>;

/**
 * The canonical event, or `code: reason` why it cannot be one. A time in the future counts as now. An event without an id
 * is known by its content.
 */
export function canonicalEvent(request: IngestRequest, told: Told): CanonicalEvent | string {
  const name = readName(told.name);
  if (name === null) return 'invalid_event: the event has no usable name';
  if (told.time === null) return `invalid_event: ${told.timeField} is no moment that can be read`;
  const id = told.id === undefined ? undefined : readName(told.id);
  if (id === null) return 'invalid_event: the id has no usable form';
  if (Object.keys(told.contact).length === 0) return UNADDRESSABLE;
  const now = request.received.getTime();
  const { contact, data, time = now, facts = {} } = told;
  // Strangers who share one would be one and the same where an identity changes.
  const aliases = facts.aliases?.filter(({ value }) => !isPlaceholder(value));
  const key = told.key ?? id ?? contentKey([name, told.time ?? null, contact as JsonObject, data]);
  const notes: EventNote[] = [...(facts.notes ?? []), ...unknowable(aliases ?? [])];
  const event = storable(
    {
      name,
      id: id ?? key,
      time: new Date(Math.min(time, now)).toISOString(),
      source: request.source,
      data,
      dedupeKey: key,
      received: request.received.toISOString(),
      contact,
      ...facts,
      ...(aliases && { aliases: aliases.filter(isKnowable) }),
    } as unknown as JsonObject,
    '',
    notes,
  ) as unknown as CanonicalEvent;
  const noted = withinSize(notes.length > 0 ? { ...event, notes } : event);
  const limit = overLimit(noted);
  return limit ? `${limit.code}: ${limit.detail}` : noted;
}

/** Aliases are looked up; what is longer than any identifier is none. */
function isKnowable({ type, value }: Alias): boolean {
  return type.length <= NAME_LENGTH && value.length <= NAME_LENGTH;
}

function unknowable(aliases: readonly Alias[]): EventNote[] {
  return aliases.flatMap((alias, n) =>
    isKnowable(alias)
      ? []
      : [{ pointer: `/aliases/${n}`, detail: `is left out: it has more than ${NAME_LENGTH} characters` }],
  );
}

/** What a note about attributes that were left out may take. */
const NOTE_BYTES = 1_024;

/**
 * Producers tell all they know of a contact with every event: where that alone makes the event too large, the largest
 * attributes stay away. A flow must not miss those whom most is known of.
 */
function withinSize(event: CanonicalEvent): CanonicalEvent {
  const { profile, notes = [] } = event;
  if (profile === undefined) return event;
  let excess = jsonBytes(event) - EVENT_BYTES;
  if (excess <= 0) return event;
  excess += NOTE_BYTES;
  const left = new Set<string>();
  const sizes = Object.entries(profile.set).map(([name, value]) => ({ name, bytes: jsonBytes({ [name]: value }) - 1 }));
  for (const { name, bytes } of sizes.sort((a, b) => b.bytes - a.bytes)) {
    if (excess <= 0) break;
    excess -= bytes;
    left.add(name);
  }
  const named = [...left].join(', ').slice(0, NOTE_BYTES / 8);
  const detail = `attributes are left out, so that the event has at most ${EVENT_BYTES} bytes: ${named}`;
  return {
    ...event,
    profile: { ...profile, set: without(profile.set, left) },
    notes: [...notes, { pointer: '/profile/set', detail }],
  };
}

function jsonBytes(value: object): number {
  return Buffer.byteLength(JSON.stringify(value));
}

export const UNADDRESSABLE = 'unaddressable: no raw e-mail address, mobile number or customer id that can be used';

/** Name of the event by which a producer passes on that a contact wants to be erased. */
export const ERASURE = 'erasure_requested';

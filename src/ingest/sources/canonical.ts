/** How an absorbing source's event becomes ours: one set of rules for names, times, keys and limits. */
import type { CanonicalEvent, Contact, EventNote } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { overLimit, readName, storable } from '../limits.ts';
import type { IngestRequest } from '../source-adapter.ts';
import { contentKey } from './values.ts';

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
  const key = told.key ?? id ?? contentKey([name, told.time ?? null, contact as JsonObject, data]);
  const notes: EventNote[] = [...(facts.notes ?? [])];
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
    } as unknown as JsonObject,
    '',
    notes,
  ) as unknown as CanonicalEvent;
  const noted = notes.length > 0 ? { ...event, notes } : event;
  const limit = overLimit(noted);
  return limit ? `${limit.code}: ${limit.detail}` : noted;
}

export const UNADDRESSABLE = 'unaddressable: no raw e-mail address, mobile number or customer id that can be used';

/** Name of the event by which a producer passes on that a contact wants to be erased. */
export const ERASURE = 'erasure_requested';

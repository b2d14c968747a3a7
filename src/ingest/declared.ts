import type { CanonicalEvent, EventNote, EventShapes, Field, FieldType } from '../plan/event.ts';
import type { Json, JsonObject } from '../plan/json.ts';
import { pointerTo } from './json-pointer.ts';
import { isDay, readTimestamp } from './timestamp.ts';

export interface Converted {
  readonly data: JsonObject;
  /** one for every declared field that could not be converted (it is null now) or that is missing without `?` */
  readonly notes: readonly EventNote[];
}

/**
 * Gives the fields of a declared event their declared type (LANGUAGE.md §4): producers send strings for everything.
 * What cannot be converted becomes null and is noted. Fields and events that the catalogue does not declare stay as they are.
 */
export function convertDeclared(shapes: EventShapes | null, name: string, data: JsonObject): Converted {
  const shape = shapes && Object.hasOwn(shapes, name) ? shapes[name]! : null;
  if (!shape) return { data, notes: [] };
  const notes: EventNote[] = [];
  return { data: convertFields(shape, data, '/data', notes), notes };
}

/** The event with the types of its declaration, and a note for whatever could not be given its own. */
export function withDeclaredTypes(shapes: EventShapes | null, event: CanonicalEvent): CanonicalEvent {
  const { data, notes } = convertDeclared(shapes, event.name, event.data);
  return { ...event, data, ...(notes.length > 0 && { notes: [...(event.notes ?? []), ...notes] }) };
}

function convertFields(fields: { readonly [name: string]: Field }, data: JsonObject, at: string, notes: EventNote[]) {
  const converted: [string, Json][] = [];
  for (const [name, value] of Object.entries(data)) {
    const field = Object.hasOwn(fields, name) ? fields[name]! : null;
    converted.push([name, field ? convert(field.type, value, pointerTo(at, name), notes) : value]);
  }
  for (const [name, field] of Object.entries(fields)) {
    if (!field.optional && (data[name] ?? null) === null) {
      notes.push({
        pointer: pointerTo(at, name),
        detail: 'the catalogue says this field is always there; it is missing',
      });
    }
  }
  return Object.fromEntries(converted);
}

function convert(type: FieldType, value: Json, at: string, notes: EventNote[]): Json {
  if (value === null) return null;
  const result = typeof type === 'string' ? SCALARS[type](value) : convertNested(type, value, at, notes);
  if (result === undefined) {
    notes.push({ pointer: at, detail: `is not ${typeName(type)}; it counts as null` });
    return null;
  }
  return result;
}

/** One value as its declared type; undefined: it cannot be converted. */
export function declaredValue(type: FieldType, value: Json): Json | undefined {
  const notes: EventNote[] = [];
  const converted = convert(type, value, '', notes);
  return notes.length === 0 ? converted : undefined;
}

function convertNested(
  type: Exclude<FieldType, string>,
  value: Json,
  at: string,
  notes: EventNote[],
): Json | undefined {
  if ('list' in type) {
    return Array.isArray(value)
      ? value.map((item: Json, index) => convert(type.list, item, pointerTo(at, String(index)), notes))
      : undefined;
  }
  return typeof value === 'object' && !Array.isArray(value)
    ? convertFields(type.fields, value as JsonObject, at, notes)
    : undefined;
}

const TRUE = new Set(['true', 't', 'yes', 'y', '1']);
const FALSE = new Set(['false', 'f', 'no', 'n', '0']);

/** undefined = cannot be converted */
const SCALARS: { readonly [T in Extract<FieldType, string>]: (value: Json) => Json | undefined } = {
  any: (value) => value,
  string: (value) => (typeof value === 'object' ? undefined : String(value)),
  int: (value) => {
    const number = toNumber(value);
    return Number.isSafeInteger(number) ? number : undefined;
  },
  double: toNumber,
  bool: (value) => {
    if (typeof value === 'boolean') return value;
    const text = typeof value === 'object' ? '' : String(value).trim().toLowerCase();
    return TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;
  },
  date: (value) => {
    if (typeof value !== 'string') return undefined;
    const text = value.trim();
    const day = text.slice(0, 10);
    return isDay(day) && (text.length === 10 || readTimestamp(text) !== null) ? day : undefined;
  },
  timestamp: (value) => {
    const ms = readTimestamp(value);
    return ms === null ? undefined : new Date(ms).toISOString();
  },
};

function toNumber(value: Json): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value !== 'string' || !/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value.trim())) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

function typeName(type: FieldType): string {
  if (typeof type === 'string') return type === 'int' ? 'an int' : `a ${type}`;
  return 'list' in type ? `a list of ${typeof type.list === 'string' ? type.list : 'such things'}` : 'an object';
}

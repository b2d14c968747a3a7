/** Careful looks at JSON that others made: what is not of the wanted form counts as absent. */
import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../plan/json.ts';
import { NAME_LENGTH } from '../limits.ts';

/** A JSON object, or an empty one for anything else: producers leave out empty containers, and send `{}` for nothing. */
export function object(value: Json | undefined): JsonObject {
  return isObject(value) ? value : {};
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** The first that is a text with something in it, or a number. */
export function firstText(...values: readonly (Json | undefined)[]): string | undefined {
  return values.map(text).find((value) => value !== undefined && value.trim() !== '');
}

export function withoutNulls(value: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null));
}

export function without(value: JsonObject, names: ReadonlySet<string>): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.has(name)));
}

/** Whether something a producer calls a flag is on: `true`, `"True"`, `"true"`. */
export function isOn(value: Json | undefined): boolean {
  return value === true || (typeof value === 'string' && value.toLowerCase() === 'true');
}

/** A key made of what happened, for an event without an id. The order of an object's keys does not matter. */
export function contentKey(content: Json): string {
  return `sha256:${createHash('sha256')
    .update(JSON.stringify(sorted(content)))
    .digest('hex')}`;
}

/** One key of several parts; a hash of them where it would be too long for one, or be that of other parts too. */
export function joinedKey(...parts: readonly string[]): string {
  const key = parts.join('|');
  return key.length <= NAME_LENGTH && !parts.some((part) => part.includes('|')) ? key : contentKey(parts);
}

function sorted(value: Json): Json {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, inner]) => [name, sorted(inner)]),
  );
}

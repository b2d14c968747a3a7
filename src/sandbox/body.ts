/** How the sandbox reads an event's body: any JSON object, with the field names of Mapp's Generic integration. */
import { parse } from 'lossless-json';
import type { Json, JsonObject } from '../plan/json.ts';
import type { Identifiers } from './contacts.ts';

const IDENTIFIER_FIELDS = {
  id: ['userID', 'userId', 'recipientId'],
  email: ['email'],
  mobile: ['mobileNumber', 'recipientMobileNumber'],
  externalId: ['externalID', 'externalId', 'identifier'],
} as const;

/** Fields with a meaning of their own; all others are attributes or parameters, as the mapping says. */
export const OWN_FIELDS: ReadonlySet<string> = new Set([
  ...Object.values(IDENTIFIER_FIELDS).flat(),
  ...['group', 'delete', 'subscribe', 'unsubscribe', 'doubleOptIn', 'skipUnsubscribers', 'updateonly', 'partialUpdate'],
  ...['messageId', 'pushMessageId', 'mobileAppId', 'externalTransactionFormula'],
]);

/** JSON of a body; throws a SyntaxError. Integers a double cannot hold (Mapp's ids have 64 bits) are kept as texts. */
export function readJson(bytes: Buffer): unknown {
  const text = bytes.toString();
  if (!/\d{16}/.test(text)) return JSON.parse(text);
  return parse(text, null, (digits) => {
    const value = Number(digits);
    return Number.isInteger(value) && !Number.isSafeInteger(value) ? digits : value;
  });
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field as text, trimmed; null where it is missing, null or empty. */
export function field(body: JsonObject, name: string): string | null {
  return text(body[name])?.trim() || null;
}

/** A flag: `true` or `"true"`; anything else, `"false"` included, is the same as absent. */
export function flag(body: JsonObject, name: string): boolean {
  return field(body, name)?.toLowerCase() === 'true';
}

export function identifiersOf(body: JsonObject): Identifiers {
  const first = (kind: keyof typeof IDENTIFIER_FIELDS) =>
    IDENTIFIER_FIELDS[kind].map((name) => field(body, name)).find((value) => value !== null) ?? null;
  return { id: first('id'), email: first('email'), mobile: first('mobile'), externalId: first('externalId') };
}

/** The fields that are attributes or parameters, as texts. A null is left out; `""` is there, and clears an attribute. */
export function freeFields(body: JsonObject): readonly (readonly [name: string, value: string])[] {
  return Object.entries(body).flatMap(([name, value]) => {
    const found = text(value);
    return OWN_FIELDS.has(name) || found === null ? [] : [[name, found] as const];
  });
}

/** No path leads into a nested value at Mapp: it is stored as its JSON. */
function text(value: Json | undefined): string | null {
  if (value === undefined || value === null) return null;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Answers of Mapp Engage, read tolerantly: each reader answers null where a value is nothing like what is documented. */
import type { Json } from '../plan/json.ts';
import { isObject } from '../plan/values.ts';

export interface NameValues {
  readonly [name: string]: string;
}

export interface EngageUser {
  readonly id: string;
  readonly email: string | null;
  readonly mobile: string | null;
  readonly externalId: string | null;
}

export interface EngageContact extends EngageUser {
  /** profile attributes that have a value, without the prefix `user.` */
  readonly attributes: NameValues;
}

export interface Membership {
  readonly groupId: string;
  /** without the prefix `member.`; often empty in lists */
  readonly attributes: NameValues;
}

/** A message that was sent to a contact. */
export interface HistoryRow {
  readonly messageId: string;
  readonly transactionId: string | null;
  readonly name: string | null;
  /** ms since the epoch */
  readonly sentAt: number;
  readonly status: string | null;
  readonly opened: boolean;
  readonly clicked: boolean;
}

export function readUser(value: Json): EngageUser | null {
  if (!isObject(value)) return null;
  const id = text(value.id);
  return id === null
    ? null
    : { id, email: text(value.email), mobile: text(value.mobileNumber), externalId: text(value.identifier) };
}

export function readContact(value: Json): EngageContact | null {
  if (!isObject(value)) return null;
  const id = text(value.contactId ?? value.id);
  const attributes = nameValues(value.attributes ?? []);
  if (id === null || attributes === null) return null;
  return {
    id,
    email: text(value.emailAddress),
    mobile: text(value.mobileNumber),
    externalId: text(value.identifier),
    attributes,
  };
}

/** `[{ name, value }]`; what has no value is left out. */
export function nameValues(value: Json): NameValues | null {
  if (!Array.isArray(value)) return null;
  const pairs: [string, string][] = [];
  for (const item of value) {
    if (!isObject(item) || typeof item.name !== 'string') return null;
    const found = text(item.value);
    if (found !== null) pairs.push([item.name.replace(/^(user|member)\./, ''), found]);
  }
  return Object.fromEntries(pairs);
}

export function membership(value: Json): Membership | null {
  if (!isObject(value)) return null;
  const groupId = text(value.groupId);
  const attributes = nameValues(value.attributes ?? []);
  return groupId === null || attributes === null ? null : { groupId, attributes };
}

/** In the docs' sample every value stands in a list of its own, and an empty one is `{}` (once XML): both forms are read. */
export function historyRow(value: Json): HistoryRow | null {
  if (!isObject(value)) return null;
  const row = Object.fromEntries(Object.entries(value).map(([name, wrapped]) => [name, text(unwrapped(wrapped))]));
  const messageId = row.messageID ?? row.messageId ?? null;
  const sentAt = moment(row.sendDate ?? null);
  if (messageId === null || sentAt === null) return null;
  return {
    messageId,
    transactionId: row.externalTransactionId ?? null,
    name: row.messageName ?? null,
    sentAt,
    status: row.status ?? null,
    opened: row.opened === 'true',
    clicked: row.clicked === 'true',
  };
}

function unwrapped(value: Json): Json {
  const inner = Array.isArray(value) && value.length <= 1 ? (value[0] ?? null) : value;
  return isObject(inner) && Object.keys(inner).length === 0 ? null : inner;
}

/** Documented in ms since the epoch. */
function moment(found: string | null): number | null {
  if (found === null) return null;
  const at = /^\d+$/.test(found) ? Number(found) : Date.parse(found);
  return Number.isNaN(at) ? null : at;
}

function text(value: Json | undefined): string | null {
  if (value === undefined || value === null || typeof value === 'object') return null;
  return String(value) === '' ? null : String(value);
}

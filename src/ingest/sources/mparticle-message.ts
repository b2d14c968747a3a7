import { createHash } from 'node:crypto';
import type { CanonicalEvent, Contact, IdentifierKind } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { readIdentifier } from '../contact.ts';

/** A JSON object, or an empty one for anything else: mParticle leaves out empty containers, and sends `{}` for nothing. */
export function object(value: Json | undefined): JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : {};
}

export function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: Json | undefined): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}

/** Firehose user identity types that can address a contact, and what we call them. */
const ADDRESSES: { readonly [type: string]: IdentifierKind } = {
  email: 'email',
  customer: 'external_id',
  mobile_number: 'mobile',
};

export interface Identities {
  readonly contact: Contact;
  readonly aliases: readonly { readonly type: string; readonly value: string }[];
}

/**
 * Whom a Firehose message is about. Only raw identities address anybody; hashed ones (`email_sha256`), mpid and all
 * further ids are aliases. `$Mobile` stands in where there is no mobile_number.
 */
export function identitiesOf(message: JsonObject): Identities {
  const contact: { -readonly [K in keyof Contact]: string } = {};
  const aliases: { type: string; value: string }[] = [];
  for (const identity of [...list(message.user_identities), ...list(message.partner_identities)].map(object)) {
    const type = text(identity.type);
    const value = text(identity.value)?.trim();
    if (type === undefined || value === undefined || value === '') continue;
    const encoding = text(identity.encoding) ?? 'raw';
    const kind = Object.hasOwn(ADDRESSES, type) ? ADDRESSES[type]! : undefined;
    const address = kind && encoding === 'raw' ? readIdentifier(kind, value).value : undefined;
    if (kind && address !== undefined && contact[kind] === undefined) contact[kind] = address;
    else aliases.push({ type: encoding === 'raw' ? type : `${type}_${encoding}`, value });
  }
  const mobile = readIdentifier('mobile', object(message.user_attributes).$Mobile).value;
  if (contact.mobile === undefined && mobile !== undefined) contact.mobile = mobile;
  const mpid = text(message.mpid);
  if (mpid !== undefined) aliases.push({ type: 'mpid', value: mpid });
  return { contact, aliases };
}

/** User attributes and lists with the `$` of reserved names stripped; a name without `$` wins over its reserved twin. */
export function attributesOf(...sources: readonly (Json | undefined)[]): JsonObject {
  const entries = sources.flatMap((source) => Object.entries(object(source)));
  const reserved = entries.filter(([name]) => name.startsWith('$') && name.length > 1);
  const own = entries.filter(([name]) => !name.startsWith('$'));
  return Object.fromEntries([...reserved.map(([name, value]) => [name.slice(1), value] as const), ...own]);
}

/** A key made of what happened, for the rare event without an id. */
export function contentKey(event: Pick<CanonicalEvent, 'name' | 'time' | 'contact' | 'data'>): string {
  return `sha256:${createHash('sha256')
    .update(JSON.stringify(sorted([event.name, event.time, event.contact, event.data])))
    .digest('hex')}`;
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

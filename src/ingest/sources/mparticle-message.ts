/** What both of mParticle's dialects have in common: whom a message is about, and what it knows of them. */
import type { Alias, Contact, IdentifierKind, IdentityChange } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { readIdentifier } from '../contact.ts';
import { list, object, text, withoutNulls } from './values.ts';

/** Identity types that can address a contact, and what we call them: Firehose says `customer`, the Events API `customer_id`. */
const ADDRESSES: { readonly [type: string]: IdentifierKind } = {
  email: 'email',
  customer: 'external_id',
  customer_id: 'external_id',
  controller_customer_id: 'external_id',
  mobile_number: 'mobile',
};

/** The mpid of everybody whom mParticle has not identified yet. */
const NOBODY_YET = '0';

export interface Identities {
  readonly contact: Contact;
  readonly aliases: readonly Alias[];
}

/** One identity in Firehose's form; those of the Events API are brought into it. */
export interface GivenIdentity {
  readonly type: string;
  readonly value: string;
  /** `raw`, `md5`, `sha1`, `sha256` */
  readonly encoding: string;
}

/** Firehose: `[{ type, encoding, value }]`. */
export function firehoseIdentities(given: Json | undefined): GivenIdentity[] {
  return list(given)
    .map(object)
    .flatMap(({ type, value, encoding }) => identity(type, value, text(encoding)));
}

/** Events API: `[{ identity_type, identity }]` as it goes out, `{ type: identity }` as it comes in and with "Raw Data Feed". */
export function eventsIdentities(given: Json | undefined): GivenIdentity[] {
  if (Array.isArray(given))
    return given.map(object).flatMap(({ identity_type, identity: value }) => identity(identity_type, value));
  return Object.entries(object(given)).flatMap(([type, value]) => identity(type, value));
}

/** A data subject request: `{ type: { value, encoding } }`. */
export function subjectIdentities(given: Json | undefined): GivenIdentity[] {
  return Object.entries(object(given)).flatMap(([type, one]) =>
    identity(type.toLowerCase(), object(one).value, text(object(one).encoding)?.toLowerCase()),
  );
}

function identity(type: Json | undefined, value: Json | undefined, encoding = 'raw'): GivenIdentity[] {
  const [name, trimmed] = [text(type), text(value)?.trim()];
  return name === undefined || trimmed === undefined || trimmed === ''
    ? []
    : [{ type: name, value: trimmed, encoding }];
}

/**
 * Whom a message is about. Only raw identities address anybody; hashed ones (`email_sha256`), mpid and all further ids are
 * aliases. The reserved attribute `$Mobile` stands in where there is no mobile_number.
 */
export function identitiesOf(given: readonly GivenIdentity[], attributes?: Json, mpid?: Json): Identities {
  const contact: { -readonly [K in keyof Contact]: string } = {};
  const aliases: Alias[] = [];
  for (const { type, value, encoding } of given) {
    const kind = Object.hasOwn(ADDRESSES, type) ? ADDRESSES[type]! : undefined;
    const address = kind && encoding === 'raw' ? readIdentifier(kind, value).value : undefined;
    if (kind && address !== undefined && contact[kind] === undefined) contact[kind] = address;
    else aliases.push({ type: encoding === 'raw' ? type : `${type}_${encoding}`, value });
  }
  const { $Mobile, $mobile } = object(attributes);
  const mobile = readIdentifier('mobile', $Mobile ?? $mobile).value;
  if (contact.mobile === undefined && mobile !== undefined) contact.mobile = mobile;
  const id = text(mpid);
  if (id !== undefined && id !== NOBODY_YET) aliases.push({ type: 'mpid', value: id });
  return { contact, aliases };
}

/** User attributes and lists with the `$` of reserved names stripped; a name without `$` wins over its reserved twin. */
export function attributesOf(...sources: readonly (Json | undefined)[]): JsonObject {
  const entries = sources.flatMap((source) => Object.entries(object(source)));
  const reserved = entries.filter(([name]) => name.startsWith('$') && name.length > 1);
  const own = entries.filter(([name]) => !name.startsWith('$'));
  return Object.fromEntries([...reserved.map(([name, value]) => [plainName(name), value] as const), ...own]);
}

export function plainName(name: string): string {
  return name.length > 1 ? name.replace(/^\$/, '') : name;
}

/** What is known of the user, with an event's own news on top. */
export function profileOf(
  known: JsonObject,
  change: { readonly set: JsonObject; readonly unset: readonly string[] },
): { set: JsonObject; unset: readonly string[] } {
  const unset = change.unset.filter((name) => !Object.hasOwn(change.set, name));
  return { set: withoutNulls(omit({ ...known, ...change.set }, unset)), unset };
}

function omit(value: JsonObject, names: readonly string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));
}

/** An identity change among raw identifiers; null: it is about others only. */
export function identityChange(
  from: readonly GivenIdentity[],
  to: readonly GivenIdentity[],
): { readonly change: IdentityChange | null; readonly aliases: readonly Alias[] } {
  const [old, fresh] = [identitiesOf(from), identitiesOf(to)];
  const isSame = Object.keys(old.contact).length + Object.keys(fresh.contact).length === 0;
  return { change: isSame ? null : { from: old.contact, to: fresh.contact }, aliases: fresh.aliases };
}

/** The contact once `change` has happened; one whose last identifier was taken away keeps those it had. */
export function contactAfter(contact: Contact, change: IdentityChange): Contact {
  return nonEmpty({ ...withoutThose(contact, change.from), ...change.to }, change.from);
}

/**
 * The contact before `change`: a message names the user as they are at its end, and an event in front of the change must
 * not make a new person of the new address.
 */
export function contactBefore(contact: Contact, change: IdentityChange): Contact {
  return nonEmpty({ ...withoutThose(contact, change.to), ...change.from }, contact);
}

export function isNobody(contact: Contact): boolean {
  return Object.keys(contact).length === 0;
}

function withoutThose(contact: Contact, those: Contact): Contact {
  const kept = Object.entries(contact).filter(([kind, value]) => those[kind as IdentifierKind] !== value);
  return Object.fromEntries(kept);
}

function nonEmpty(contact: Contact, otherwise: Contact): Contact {
  return isNobody(contact) ? otherwise : contact;
}

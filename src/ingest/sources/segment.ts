import type { Consent } from '../../plan/consent.ts';
import type { Contact, EventNote, IdentityChange } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { readIdentifier } from '../contact.ts';
import { EVENT_BYTES } from '../limits.ts';
import { matchesBearer } from '../secrets.ts';
import type { IngestRequest, SourceAdapter } from '../source-adapter.ts';
import { readTimestamp } from '../timestamp.ts';
import { absorbed, type Found, IGNORED, type Read } from './absorb.ts';
import { audienceEvent } from './audience.ts';
import { canonicalEvent, ERASURE, type Facts, type Told } from './canonical.ts';
import { consentTo } from './consent-purpose.ts';
import { firstElement } from './first-element.ts';
import { header, isSignedSha1 } from './signatures.ts';
import { contentKey, firstText, isObject, list, object, text, without, withoutNulls } from './values.ts';
import { firstIdentifier } from './webhook-contact.ts';

/**
 * Segment's webhook destinations and RudderStack's, which speak the same calls (segment.com/docs/connections/spec): one
 * call, an array of them, or `{ batch: [...] }`. It absorbs. Segment signs by `X-Signature`, hex HMAC-SHA1 of the body and,
 * of a batch, of its first call alone; RudderStack sends a token.
 */
export const segment: SourceAdapter = {
  type: 'segment',
  scheme: 'Bearer',
  signature: 'X-Signature, hex HMAC-SHA1 of the body,',
  contentType: 'any',

  authenticate({ headers, raw }, secrets, credential) {
    if (credential === 'token') return matchesBearer(headers.authorization, secrets);
    const given = header(headers, 'x-signature');
    if (given === undefined) return 'refused';
    const first = firstElement(raw);
    const isSigned = (...texts: readonly Buffer[]) => isSignedSha1(given, texts, secrets);
    return isSigned(raw, ...(first === null ? [] : [first])) || isSigned(...stringified(first ?? raw))
      ? 'accepted'
      : 'refused';
  },

  parse(request) {
    const { body, headers } = request;
    if (Array.isArray(body)) {
      const isSigned = headers['x-signature'] !== undefined;
      const calls = body as readonly Json[];
      return absorbed(
        request,
        calls.map((call, n) => readCall(request, call, {}, isSigned && n > 0 ? [NOT_SIGNED] : [])),
      );
    }
    if (isObject(body) && Array.isArray(body.batch)) {
      const { batch, ...common } = body;
      return absorbed(
        request,
        (batch as readonly Json[]).map((call) => readCall(request, call, common, [])),
      );
    }
    return absorbed(request, [readCall(request, body, {}, [])]);
  },
};

/**
 * A call as `JSON.stringify` writes it, which is what Segment signs (segment.com/docs/connections/destinations/catalog/webhooks): on its
 * way the body may have been written anew. Not of more than an event may hold, since nobody knows yet who sent it.
 */
function stringified(call: Buffer): Buffer[] {
  if (call.length > EVENT_BYTES) return [];
  try {
    return [Buffer.from(JSON.stringify(JSON.parse(call.toString())))];
  } catch {
    return [];
  }
}

const NOT_SIGNED: EventNote = { pointer: '', detail: 'Segment signs the first call of a batch only, and not this one' };

/** `common`: what a batch says for all of its calls. */
function readCall(request: IngestRequest, given: Json, common: JsonObject, notes: readonly EventNote[]): Found {
  if (!isObject(given)) return { read: 'invalid_event: the call is no JSON object', body: [given] };
  const { context: _, ...inherited } = common;
  const call: JsonObject = {
    ...inherited,
    ...given,
    ...((given.context ?? common.context) && { context: { ...object(common.context), ...object(given.context) } }),
  };
  return { read: readEvent(request, call, notes), body: call, user: firstText(call.userId, call.anonymousId) };
}

function readEvent(request: IngestRequest, call: JsonObject, notes: readonly EventNote[]): Read {
  const time = timeOf(request, call);
  const told = tellOf(request, call, time);
  if (typeof told !== 'object') return told;
  const { facts, ...event } = told;
  const anonymous = firstText(call.anonymousId);
  const id = firstText(call.messageId);
  return canonicalEvent(request, {
    time,
    timeField: 'timestamp',
    id,
    ...(id === undefined && { key: wholeCall(call) }),
    contact: contactOf(call),
    ...event,
    facts: {
      ...(anonymous !== undefined && { aliases: [{ type: 'anonymous_id', value: anonymous }] }),
      ...(notes.length > 0 && { notes }),
      ...facts,
    },
  });
}

/** Without an id a repetition is known by the whole call, but for when it was sent, which each attempt tells anew. */
function wholeCall(call: JsonObject): string {
  const hasTime = (call.timestamp ?? call.originalTimestamp ?? null) !== null;
  return contentKey(hasTime ? without(call, OF_THE_ATTEMPT) : call);
}

const OF_THE_ATTEMPT: ReadonlySet<string> = new Set(['sentAt', 'receivedAt']);

type Tell = Pick<Told, 'name' | 'data'> & { readonly contact?: Contact; readonly facts?: Facts };

function tellOf(
  request: IngestRequest,
  call: JsonObject,
  time: number | null | undefined,
): Tell | typeof IGNORED | string {
  const type = text(call.type) ?? '';
  const properties = object(call.properties);
  switch (type) {
    case 'track':
      return track(request, call, time);
    case 'identify':
      // RudderStack's SDKs tell traits in the context.
      return {
        name: 'identify',
        data: {},
        facts: { profile: profileOf({ ...userTraits(call), ...object(call.traits) }) },
      };
    case 'page':
    case 'screen': {
      const name = firstText(call.name, properties.name);
      return { name: name === undefined ? type : `${type}:${name}`, data: properties };
    }
    case 'group':
      return { name: 'group', data: { group_id: text(call.groupId) ?? null, traits: object(call.traits) } };
    case 'alias':
      return alias(call);
    case 'delete':
      return { name: ERASURE, data: {}, facts: { erase: true } };
    default:
      return `unknown_message_type: ${type === '' ? 'the call has no type' : `"${type.slice(0, 80)}" is no call this version knows`}`;
  }
}

/** Engage's audiences come as `Audience Entered` and `Audience Exited` with `audience_key` (segment.com/docs/engage). */
function track(request: IngestRequest, call: JsonObject, time: number | null | undefined): Tell | typeof IGNORED {
  const properties = object(call.properties);
  const audience = text(properties.audience_key);
  const name = text(call.event);
  const consent = name !== undefined && CONSENT_EVENTS.has(name) ? consentOf(request, call) : undefined;
  if (consent !== undefined) return { name, data: properties, facts: { consent } };
  if (audience === undefined || (name !== 'Audience Entered' && name !== 'Audience Exited'))
    return { name, data: properties };
  const change = audienceEvent(request, { entered: name === 'Audience Entered', audience, time });
  return change.ignored ? IGNORED : change;
}

/** Segment's events of consent (segment.com/docs/privacy/consent-management); other events carry the state, which counts for nothing. */
const CONSENT_EVENTS: ReadonlySet<string> = new Set([
  'Segment Consent Preference',
  'Segment Consent Preference Updated',
]);

function consentOf(request: IngestRequest, call: JsonObject): Consent | undefined {
  const categories = object(object(object(call.context).consent).categoryPreferences);
  const told = Object.entries(categories).map(([category, granted]) =>
    typeof granted === 'boolean' ? consentTo(request, category, granted) : undefined,
  );
  const consent: Consent = Object.assign({}, ...told);
  return Object.keys(consent).length > 0 ? consent : undefined;
}

/** The user is known by another id from now on. */
function alias(call: JsonObject): Tell {
  const from = firstIdentifier('external_id', call.previousId);
  const to = firstIdentifier('external_id', call.userId);
  const identityChange: IdentityChange = { from, to };
  return {
    name: 'alias',
    data: {},
    ...(from.external_id !== undefined && to.external_id !== undefined && { facts: { identityChange } }),
  };
}

function contactOf(call: JsonObject): Contact {
  // The traits of a group are the company's, not the user's.
  const places = [call.type === 'group' ? {} : object(call.traits), userTraits(call)];
  const ids = externalIds(call);
  return {
    ...firstIdentifier('email', ...places.map(({ email }) => email), object(call.properties).email, ids('email')),
    ...firstIdentifier('mobile', ...places.map(({ phone }) => phone), ids('phone')),
    ...firstIdentifier('external_id', call.userId, ids('user_id')),
  };
}

function userTraits(call: JsonObject): JsonObject {
  return object(object(call.context).traits);
}

/** Identifiers that Engage names a profile by (segment.com/docs/unify/identity-resolution/externalids), by type; hashed ones are none. */
function externalIds(call: JsonObject): (type: string) => Json | undefined {
  const given = list(object(call.context).externalIds)
    .map(object)
    .filter(({ encoding = 'none' }) => encoding === 'none');
  return (type) => given.find((one) => one.type === type)?.id;
}

/** Traits but for those that name the contact; null takes one away. */
function profileOf({ email, phone, ...traits }: JsonObject): NonNullable<Facts['profile']> {
  const kept = {
    ...traits,
    // One that cannot address anybody is still something that was told.
    ...(email !== undefined && readIdentifier('email', email).value === undefined && { email }),
    ...(phone !== undefined && readIdentifier('mobile', phone).value === undefined && { phone }),
  };
  const unset = Object.keys(kept).filter((name) => kept[name as keyof typeof kept] === null);
  return { set: withoutNulls(kept), unset };
}

/** `timestamp`; without it, the sender's clock is corrected as Segment does; without that either, now. */
function timeOf({ received }: IngestRequest, call: JsonObject): number | null | undefined {
  if ((call.timestamp ?? null) !== null) return readTimestamp(call.timestamp);
  const [sent, original] = [readTimestamp(call.sentAt), readTimestamp(call.originalTimestamp)];
  if (sent === null || original === null) return undefined;
  return (readTimestamp(call.receivedAt) ?? received.getTime()) - (sent - original);
}

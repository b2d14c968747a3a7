import type { CanonicalEvent, EventNote } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { overLimit, readName, storable } from '../limits.ts';
import { authorization, matchesSecret } from '../secrets.ts';
import type { IngestRequest, Parsed, Quarantined, SourceAdapter } from '../source-adapter.ts';
import { readTimestamp } from '../timestamp.ts';
import { nameAndData } from './mparticle-event.ts';
import { attributesOf, contentKey, type Identities, identitiesOf, list, object, text } from './mparticle-message.ts';
import { FIREHOSE_VERSION, REGISTRATION } from './mparticle-registration.ts';

/**
 * mParticle Firehose, SDK 3.2 dialect, over HTTPS. It absorbs: mParticle repeats only 408, 429 and 5xx, so every other
 * error is data lost. Whatever is authenticated and readable is answered with the matching `*_response`, and what cannot
 * be used goes to quarantine. One user per message; each of its `events` becomes one of ours.
 */
export const mparticleFirehose: SourceAdapter = {
  type: 'mparticle_firehose',
  scheme: 'Token',
  contentType: 'lenient',

  authenticate({ headers }, secrets) {
    const token = authorization(headers.authorization, 'Token');
    return token !== null && matchesSecret(token, secrets) ? 'accepted' : 'in_body';
  },

  /** Registration comes before mParticle has a token; it carries and changes no data. */
  authenticateBody(body, secrets) {
    const message = object(body);
    if (message.type === 'module_registration_request') return true;
    const key = object(object(message.account).account_settings).ingestKey;
    return typeof key === 'string' && matchesSecret(key, secrets);
  },

  parse(request) {
    const message = object(request.body);
    const type = text(message.type) ?? '';
    const respond = (response: string, fields: object = {}) => envelope(response, message, request.received, fields);
    const keep = (reason: string) => quarantine(request, message, reason);
    switch (type) {
      case 'module_registration_request':
        return result([], [], respond('module_registration_response', REGISTRATION));
      case 'event_processing_request':
        return { ...readEvents(request, message), ...answering(respond('event_processing_response')) };
      case 'audience_subscription_request': {
        const settings = message.audience_subscription_settings;
        const fields = settings === undefined ? {} : { audience_subscription_settings: settings };
        return result([], [keep(AUDIENCES)], respond('audience_subscription_response', fields));
      }
      case 'audience_membership_change_request': {
        const kept = list(message.user_profiles).length > 0 ? [keep(AUDIENCES)] : [];
        return result([], kept, respond('audience_membership_change_response', { suspend_subscription: false }));
      }
      default: {
        const response = `${type.replace(/_request$/, '') || 'unknown'}_response`;
        return result([], [keep(unknownType(type))], respond(response));
      }
    }
  },
};

const AUDIENCES = 'audiences_later: this version keeps audience messages and does not act on them yet';
const CONSENT = 'consent_later: this version keeps consent changes and does not act on them yet';
const unknownType = (type: string) =>
  `unknown_message_type: ${readName(type) === null ? 'the message has no type' : `"${type}" is not a message this version knows`}`;

function readEvents(request: IngestRequest, message: JsonObject): Pick<Parsed, 'events' | 'quarantined' | 'rejected'> {
  const given = list(message.events);
  const quarantined: Quarantined[] = [];
  if (list(message.system_notifications).length > 0) {
    quarantined.push(quarantine(request, { ...message, events: [] }, CONSENT));
  }
  if (given.length === 0) return { events: [], quarantined, rejected: 0 };
  const identities = identitiesOf(message);
  if (Object.keys(identities.contact).length === 0) {
    const reason = 'unaddressable: no raw e-mail, mobile number or customer id that can be used';
    return { events: [], quarantined: [...quarantined, quarantine(request, message, reason)], rejected: 0 };
  }
  const events: CanonicalEvent[] = [];
  for (const one of given) {
    const read = readEvent(request, message, object(one), identities);
    if (typeof read === 'string') quarantined.push(quarantine(request, { ...message, events: [one] }, read));
    else events.push(read);
  }
  return { events, quarantined, rejected: 0 };
}

/** The canonical event, or why it cannot be one. */
function readEvent(
  request: IngestRequest,
  message: JsonObject,
  given: JsonObject,
  { contact, aliases }: Identities,
): CanonicalEvent | string {
  const named = nameAndData(given);
  const name = readName(named.name);
  if (name === null) return 'invalid_event: the event has no usable name';
  const occurred = readTimestamp(given.timestamp_ms);
  if (occurred === null) return 'invalid_event: timestamp_ms is not a time in milliseconds';
  const id = text(given.id);
  if (id !== undefined && readName(id) === null) return 'invalid_event: the id has no usable form';
  const time = new Date(Math.min(occurred, request.received.getTime())).toISOString();
  const key = id ?? contentKey({ name, time, contact, data: named.data });
  const debug = object(message.runtime_environment).is_debug;
  const notes: EventNote[] = [];
  const event = storable(
    {
      name,
      id: key,
      time,
      source: request.source,
      data: named.data,
      dedupeKey: key,
      received: request.received.toISOString(),
      contact,
      aliases,
      profile: profileAt(message, given),
      ...(debug === true || String(debug).toLowerCase() === 'true' ? { development: true } : {}),
    },
    '',
    notes,
  ) as unknown as CanonicalEvent;
  const withNotes = notes.length > 0 ? { ...event, notes } : event;
  const limit = overLimit(withNotes);
  return limit ? `${limit.code}: ${limit.detail}` : withNotes;
}

/** What mParticle knows of the user, with an attribute change's own news on top. */
function profileAt(message: JsonObject, event: JsonObject): { set: JsonObject; unset: string[] } {
  const change = event.type === 'user_attribute_change' ? event : {};
  const added = attributesOf(change.added);
  const unset = Object.keys(attributesOf(change.removed)).filter((name) => !Object.hasOwn(added, name));
  const known = attributesOf(message.user_attributes, message.user_attribute_lists);
  const set = Object.entries({ ...known, ...added }).filter(([name, value]) => value !== null && !unset.includes(name));
  return { set: Object.fromEntries(set), unset };
}

/** Without the secret that may stand in the account's settings: a retry is already authenticated. */
function quarantine(request: IngestRequest, message: JsonObject, reason: string): Quarantined {
  const { ingestKey: _, ...settings } = object(object(message.account).account_settings);
  const body: Json = Object.hasOwn(message, 'account')
    ? { ...message, account: { ...object(message.account), account_settings: settings } }
    : Object.keys(message).length > 0
      ? message
      : request.body;
  return { source: request.source, reason, body: JSON.stringify(body) };
}

function envelope(type: string, message: JsonObject, now: Date, fields: object): object {
  return {
    type,
    id: text(message.id) ?? null,
    timestamp_ms: now.getTime(),
    firehose_version: text(message.firehose_version) ?? FIREHOSE_VERSION,
    ...fields,
  };
}

function result(events: readonly CanonicalEvent[], quarantined: readonly Quarantined[], body: object): Parsed {
  return { events, quarantined, rejected: 0, ...answering(body) };
}

function answering(body: object): Pick<Parsed, 'answer'> {
  return { answer: () => ({ status: 200, body }) };
}

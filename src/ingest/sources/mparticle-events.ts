import type { IdentityChange } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { matchesBearer } from '../secrets.ts';
import type { IngestRequest, SourceAdapter } from '../source-adapter.ts';
import { firstTimestamp } from '../timestamp.ts';
import { absorbed, type Found, type Read } from './absorb.ts';
import { canonicalEvent, type Facts, UNADDRESSABLE } from './canonical.ts';
import { inOrder } from './in-order.ts';
import { readConsentChange } from './mparticle-consent.ts';
import { eventsNameAndData } from './mparticle-events-event.ts';
import {
  attributesOf,
  eventsIdentities,
  type Identities,
  identitiesOf,
  identityChange,
  isNobody,
  plainName,
  profileOf,
} from './mparticle-message.ts';
import { contactsAt } from './mparticle-timeline.ts';
import { contentKey, firstText, isObject, isOn, joinedKey, list, object, text } from './values.ts';

/**
 * mParticle's Events API v2 JSON, as its Webhook and Kafka outputs send it and as its inputs take it ("Raw Data Feed"). It
 * absorbs, because mParticle publishes no list of the statuses it repeats. A batch is of one user; an array of batches is
 * read too. Each of a batch's `events` becomes one of ours.
 */
export const mparticleEvents: SourceAdapter = {
  type: 'mparticle_events',
  scheme: 'Bearer',
  contentType: 'any',

  authenticate({ headers }, secrets) {
    return matchesBearer(headers.authorization, secrets);
  },

  parse(request) {
    const batches = Array.isArray(request.body) ? (request.body as readonly Json[]) : [request.body];
    return absorbed(
      request,
      batches.flatMap((batch, user) => readBatch(request, batch).map((one): Found => ({ ...one, user }))),
    );
  },
};

function readBatch(request: IngestRequest, given: Json): Found[] {
  if (!isObject(given)) return [{ read: 'invalid_event: the batch is no JSON object', body: [given] }];
  const type = text(given.message_type) ?? text(given.request_type);
  if (type !== undefined && type !== 'events')
    return [{ read: `unknown_message_type: "${type.slice(0, 80)}" is no message this version knows`, body: given }];
  if (given.events !== undefined && given.events !== null && !Array.isArray(given.events))
    return [{ read: 'invalid_event: "events" is no list', body: given }];

  const events = list(given.events).map(object);
  const notifications = list(given.system_notifications).map(object);
  const profile = profileOf(attributesOf(given.user_attributes), {
    set: {},
    unset: list(given.deleted_user_attributes).flatMap((name) => (typeof name === 'string' ? [plainName(name)] : [])),
  });
  const tellsNothing = Object.keys(profile.set).length + profile.unset.length === 0;
  if (events.length + notifications.length === 0 && tellsNothing) return [];
  const identities = identitiesOf(
    [...eventsIdentities(given.user_identities), ...eventsIdentities(given.partner_identities)],
    given.user_attributes,
    given.mpid,
  );
  const changes = events.map(changeOf);
  const now = request.received.getTime();
  const order = inOrder([...events.keys()], (n) => ({
    time: Math.min(timeOf(given, events[n]!) ?? now, now),
    count: countOf(events[n]!),
  }));
  const contacts = contactsAt(identities.contact, changes, order);
  if ([identities.contact, ...contacts].every(isNobody)) return [{ read: UNADDRESSABLE, body: given }];
  const batch: Batch = { given, identities, facts: { aliases: identities.aliases, profile, ...marks(given) } };
  if (events.length + notifications.length === 0) return [{ read: readProfile(request, batch), body: given }];

  return [
    ...events.map(
      (event, n): Found => ({
        read: isNobody(contacts[n]!)
          ? UNADDRESSABLE
          : readEvent(request, batch, event, n, { contact: contacts[n]!, ...changes[n] }),
        body: { ...given, events: [list(given.events)[n]!], system_notifications: [] },
        count: countOf(event),
      }),
    ),
    ...notifications.map(
      (notification): Found => ({
        read: isNobody(identities.contact)
          ? UNADDRESSABLE
          : readConsentChange(request, notification, identities, {
              time: given.timestamp_unixtime_ms,
              key: batchKey(given),
              ...marks(given),
            }),
        body: { ...given, events: [], system_notifications: [notification], user_attributes: {} },
      }),
    ),
  ];
}

interface Batch {
  readonly given: JsonObject;
  readonly identities: Identities;
  readonly facts: Facts;
}

function changeOf(event: JsonObject): ReturnType<typeof identityChange> | null {
  if (event.event_type !== 'user_identity_change') return null;
  const { old, new: fresh } = object(event.data);
  return identityChange(eventsIdentities([old ?? null]), eventsIdentities([fresh ?? null]));
}

function readEvent(
  request: IngestRequest,
  { given, facts }: Batch,
  event: JsonObject,
  index: number,
  at: { readonly contact: Identities['contact']; readonly change?: IdentityChange | null },
): Read {
  const about = object(event.data);
  const { name, data } = eventsNameAndData(event);
  // `event_id` is a 64-bit number, kept as text of its digits; `source_message_id` is what mParticle suggests.
  const id = firstText(about.source_message_id, about.event_id);
  const batch = batchKey(given);
  return canonicalEvent(request, {
    name,
    time: timeOf(given, event),
    timeField: 'timestamp_unixtime_ms',
    id: id ?? (batch === undefined ? undefined : joinedKey(batch, String(index))),
    contact: at.contact,
    data,
    facts: {
      ...facts,
      ...(event.event_type === 'user_attribute_change' && { profile: changedProfile(facts.profile!, about) }),
      ...(at.change && { identityChange: at.change }),
    },
  });
}

function timeOf(batch: JsonObject, event: JsonObject): number | null | undefined {
  return firstTimestamp(object(event.data).timestamp_unixtime_ms, batch.timestamp_unixtime_ms);
}

function countOf(event: JsonObject): number | undefined {
  const { event_num } = object(event.data);
  return typeof event_num === 'number' ? event_num : undefined;
}

/** One attribute per event: `new` and `old` as text, list or null, `deleted`. */
function changedProfile(known: NonNullable<Facts['profile']>, change: JsonObject): NonNullable<Facts['profile']> {
  const name = text(change.user_attribute_name);
  if (name === undefined) return known;
  const gone = isOn(change.deleted) || (change.new ?? null) === null;
  const rest = { set: known.set, unset: known.unset.filter((one) => one !== plainName(name)) };
  return profileOf(rest.set, {
    set: gone ? {} : attributesOf({ [name]: change.new! }),
    unset: gone ? [...rest.unset, plainName(name)] : rest.unset,
  });
}

/** A batch without events still says what mParticle knows of the user. */
function readProfile(request: IngestRequest, { given, identities, facts }: Batch): Read {
  const id = batchKey(given);
  return canonicalEvent(request, {
    name: 'mp_profile',
    time: firstTimestamp(given.timestamp_unixtime_ms),
    timeField: 'timestamp_unixtime_ms',
    id,
    // All it tells is beside the event's own fields.
    ...(id === undefined && { key: contentKey(given) }),
    contact: identities.contact,
    data: {},
    facts,
  });
}

function batchKey(batch: JsonObject): string | undefined {
  return firstText(batch.message_id, batch.batch_id, batch.source_request_id);
}

/** Development data, and repetitions: replays, and historical uploads. */
function marks({ environment, source_info }: JsonObject): Pick<Facts, 'development' | 'replay'> {
  const { replay_request_id, is_historical } = object(source_info);
  return {
    ...(environment === 'development' && { development: true }),
    ...(((replay_request_id ?? null) !== null || isOn(is_historical)) && { replay: true }),
  };
}

/** Events of a Firehose `event_processing_request`: one user, many events, and changes of consent. */
import type { Contact } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import type { IngestRequest } from '../source-adapter.ts';
import { firstTimestamp } from '../timestamp.ts';
import type { Found, Read } from './absorb.ts';
import { canonicalEvent, type Facts, UNADDRESSABLE } from './canonical.ts';
import { inOrder } from './in-order.ts';
import { readConsentChange } from './mparticle-consent.ts';
import { nameAndData } from './mparticle-event.ts';
import {
  attributesOf,
  firehoseIdentities,
  type Identities,
  identitiesOf,
  identityChange,
  isNobody,
  profileOf,
} from './mparticle-message.ts';
import { contactsAt } from './mparticle-timeline.ts';
import { firstText, isOn, list, object, text } from './values.ts';

/** `body`: how a part of the message is kept, see `firehoseBody`. */
export function readFirehoseEvents(
  request: IngestRequest,
  message: JsonObject,
  body: (parts: JsonObject) => Json,
): readonly Found[] {
  const events = list(message.events).map(object);
  const notifications = list(message.system_notifications).map(object);
  const identities = identitiesOf(
    [...firehoseIdentities(message.user_identities), ...firehoseIdentities(message.partner_identities)],
    message.user_attributes,
    message.mpid,
  );
  if (events.length + notifications.length === 0) return [];

  const changes = events.map((event) =>
    event.type === 'user_identity_change'
      ? identityChange(firehoseIdentities(event.removed), firehoseIdentities(event.added))
      : null,
  );
  const now = request.received.getTime();
  const order = inOrder([...events.keys()], (n) => ({ time: Math.min(timeOf(message, events[n]!) ?? now, now) }));
  const contacts = contactsAt(identities.contact, changes, order);
  if ([identities.contact, ...contacts].every(isNobody)) return [{ read: UNADDRESSABLE, body: body({}) }];
  return [
    ...events.map(
      (event, n): Found => ({
        read: isNobody(contacts[n]!)
          ? UNADDRESSABLE
          : readEvent(request, message, event, identities, contacts[n]!, changes[n] ?? null),
        body: body({ events: [list(message.events)[n]!], system_notifications: [] }),
        user: THE_ONE,
      }),
    ),
    ...notifications.map(
      (notification): Found => ({
        read: isNobody(identities.contact)
          ? UNADDRESSABLE
          : readConsentChange(request, notification, identities, {
              time: message.timestamp_ms,
              key: firstText(message.id),
              ...testing(message),
            }),
        body: body({ events: [], system_notifications: [notification] }),
        user: THE_ONE,
      }),
    ),
  ];
}

function readEvent(
  request: IngestRequest,
  message: JsonObject,
  event: JsonObject,
  { aliases }: Identities,
  contact: Contact,
  change: ReturnType<typeof identityChange> | null,
): Read {
  const isChange = event.type === 'user_attribute_change';
  const known = attributesOf(message.user_attributes, message.user_attribute_lists);
  const facts: Facts = {
    aliases: [...aliases, ...(change?.aliases ?? [])],
    profile: profileOf(known, {
      set: isChange ? attributesOf(event.added) : {},
      unset: isChange ? Object.keys(attributesOf(event.removed)) : [],
    }),
    ...(change?.change && { identityChange: change.change }),
    ...testing(message),
  };
  const id = text(event.id);
  const { name, data } = nameAndData(event);
  return canonicalEvent(request, {
    name,
    time: timeOf(message, event),
    timeField: 'timestamp_ms',
    id,
    contact,
    data,
    facts,
  });
}

/** A message is about one user. */
const THE_ONE = 0;

function timeOf(message: JsonObject, event: JsonObject): number | null | undefined {
  return firstTimestamp(event.timestamp_ms, message.timestamp_ms);
}

/** `runtime_environment.is_debug` marks the data of a development build. */
function testing(message: JsonObject): { development?: true } {
  return isOn(object(message.runtime_environment).is_debug) ? { development: true } : {};
}

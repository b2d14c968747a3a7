/** Audiences over Firehose: which are connected, and who is in them. */
import type { AudienceSubscription } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { readName, storable } from '../limits.ts';
import type { IngestRequest } from '../source-adapter.ts';
import { firstTimestamp, readTimestamp } from '../timestamp.ts';
import { type Found, IGNORED, type Read } from './absorb.ts';
import { audienceEvent } from './audience.ts';
import { canonicalEvent } from './canonical.ts';
import {
  attributesOf,
  firehoseIdentities,
  type Identities,
  identitiesOf,
  plainName,
  profileOf,
} from './mparticle-message.ts';
import { firstText, isObject, joinedKey, list, object, text } from './values.ts';

/** What an `audience_subscription_request` says, or why it says nothing. */
export function readSubscription(request: IngestRequest, message: JsonObject): AudienceSubscription | string {
  const id = readName(text(message.audience_id));
  const { action } = message;
  if (id === null) return 'invalid_event: the subscription has no audience_id';
  if (action !== 'add' && action !== 'update' && action !== 'remove')
    return 'invalid_event: the action of the subscription is none of add, update, remove';
  const sent = readTimestamp(message.timestamp_ms) ?? request.received.getTime();
  return {
    source: request.source,
    id,
    audience: readName(text(message.audience_name)) ?? id,
    action,
    settings: storable(object(message.audience_subscription_settings), '', []),
    time: new Date(Math.min(sent, request.received.getTime())).toISOString(),
  };
}

/**
 * One event per profile and audience: entered, exited, or `mp_audience_attribute_update`, which tells attributes only.
 * `body`: how a part of the message is kept.
 */
export function readMemberships(
  request: IngestRequest,
  message: JsonObject,
  body: (parts: JsonObject) => Json,
): Found[] {
  return list(message.user_profiles).flatMap((given): Found[] => {
    const profile = object(given);
    const identities = identitiesOf(
      [...firehoseIdentities(profile.user_identities), ...firehoseIdentities(profile.partner_identities)],
      undefined,
      profile.mpid,
    );
    const audiences = list(profile.audiences);
    if (audiences.length === 0) {
      const read = 'invalid_event: the profile names no audience';
      return [{ read, body: body({ user_profiles: [given] }) }];
    }
    return audiences.map(
      (one): Found => ({
        read: readMembership(request, message, object(one), identities),
        body: body({ user_profiles: [{ ...profile, audiences: [one] }] }),
      }),
    );
  });
}

function readMembership(
  request: IngestRequest,
  message: JsonObject,
  audience: JsonObject,
  { contact, aliases }: Identities,
): Read {
  const id = readName(text(audience.audience_id));
  const name = readName(text(audience.audience_name)) ?? id;
  const action = text(audience.action);
  if (id === null || name === null) return 'invalid_event: the audience has no id';
  if (action !== 'add' && action !== 'delete' && action !== 'attribute_update')
    return 'invalid_event: the action of the audience is none of add, delete, attribute_update';
  const time = firstTimestamp(message.timestamp_ms);
  const settings = object(audience.audience_subscription_settings);
  const change = audienceEvent(request, { entered: action === 'add', audience: name, id, time, settings });
  if (change.ignored) return IGNORED;
  const { backfill: _, ...data } = change.data;
  const isUpdate = action === 'attribute_update';
  return canonicalEvent(request, {
    name: isUpdate ? 'mp_audience_attribute_update' : change.name,
    time,
    timeField: 'timestamp_ms',
    // The same message tells of many: who, which audience and what happened make the key.
    key: joinedKey(firstText(message.id, message.timestamp_ms) ?? '', whom(aliases, contact), id, action),
    contact,
    data: isUpdate ? data : change.data,
    facts: { aliases, profile: profileOf({}, attributeChanges(audience)) },
  });
}

function whom(aliases: Identities['aliases'], contact: Identities['contact']): string {
  return aliases.find(({ type }) => type === 'mpid')?.value ?? JSON.stringify(contact);
}

/** `[{ key, value | list_value, action: upsert | delete }]`; the SDK's own sample holds an empty object. */
function attributeChanges(audience: JsonObject): { set: JsonObject; unset: string[] } {
  const given = list(audience.user_attributes)
    .filter(isObject)
    .filter(({ key }) => typeof key === 'string' && key !== '');
  const upserts = given.filter(({ action }) => action !== 'delete');
  return {
    set: attributesOf(
      Object.fromEntries(upserts.map(({ key, value, list_value }) => [key, value ?? list_value ?? null])),
    ),
    unset: given.filter(({ action }) => action === 'delete').map(({ key }) => plainName(String(key))),
  };
}

import type { Contact, IdentifierKind } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { LYTICS_FIELDS } from '../../plan/lytics-fields.ts';
import { readIdentifier } from '../contact.ts';
import { matchesBearer } from '../secrets.ts';
import type { IngestRequest, SourceAdapter } from '../source-adapter.ts';
import { readTimestamp } from '../timestamp.ts';
import { absorbed, type Found, IGNORED, type Read } from './absorb.ts';
import { audienceEvent } from './audience.ts';
import { canonicalEvent } from './canonical.ts';
import { firstText, isObject, joinedKey, list, object, text, without, withoutNulls } from './values.ts';

/**
 * Lytics' Audience Triggers webhook (contentstack.com/docs/lytics/webhooks): its default body, an array of them, or the
 * same as CloudEvents. It absorbs: Lytics repeats everything but 200, 400, 404 and 413, and stops the customer's whole job
 * after ten failures. Each entry of `segment_events` is one event; the rest of the profile becomes attributes.
 */
export const lytics: SourceAdapter = {
  type: 'lytics',
  scheme: 'Bearer',
  contentType: 'any',

  authenticate({ headers }, secrets) {
    return matchesBearer(headers.authorization, secrets);
  },

  parse(request) {
    const given = Array.isArray(request.body) ? (request.body as readonly Json[]) : [request.body];
    return absorbed(
      request,
      given.flatMap((one) => readDelivery(request, one)),
    );
  },
};

/** One user's delivery, whichever form it has. */
interface Delivery {
  readonly id: string | undefined;
  /** the subscription's id, or the CloudEvent's source */
  readonly from: string;
  /** when it was sent, which is when a change happened */
  readonly sent: Json | undefined;
  readonly user: JsonObject;
}

function readDelivery(request: IngestRequest, given: Json): Found[] {
  if (!isObject(given)) return [{ read: 'invalid_event: the delivery is no JSON object', body: [given] }];
  const { meta, source, time } = given;
  const { subscription_id, timestamp } = object(meta);
  const delivery: Delivery = {
    id: text(given.id),
    user: userOf(given),
    ...(Object.hasOwn(given, 'specversion')
      ? { from: text(source) ?? '', sent: time }
      : { from: text(subscription_id) ?? '', sent: timestamp }),
  };
  const entries = list(delivery.user.segment_events);
  if (entries.length === 0) {
    const read = 'invalid_event: data.segment_events is missing or empty: name it among the user fields of the job';
    return [{ read, body: given }];
  }
  return entries.map(
    (entry): Found => ({
      read: readEntry(request, delivery, object(entry)),
      body: { ...given, data: { ...delivery.user, segment_events: [entry] } },
      user: delivery.id ?? JSON.stringify(contactOf(delivery.user)),
    }),
  );
}

/** The profile: in `data`, or, as templates and CloudEvents in binary mode have it, the body itself. */
function userOf(given: JsonObject): JsonObject {
  if (isObject(given.data) || !Array.isArray(given.segment_events)) return object(given.data);
  return without(given, NO_PROFILE);
}

const NO_PROFILE: ReadonlySet<string> = new Set(['id', 'meta', 'data']);

function readEntry(request: IngestRequest, { id, from, sent, user }: Delivery, entry: JsonObject): Read {
  const what = text(entry.event);
  if (what !== 'enter' && what !== 'exit' && what !== 'change')
    return 'invalid_event: the entry of segment_events is none of enter, exit, change';
  const audience = firstText(entry.slug, entry.id);
  if (audience === undefined) return 'invalid_event: the entry of segment_events names no audience';
  const given = (what === 'change' ? undefined : entry[what]) ?? sent;
  const time = readTimestamp(given);
  const segment = text(entry.id);
  const change = audienceEvent(request, { entered: what === 'enter', audience, id: segment, time });
  if (change.ignored) return IGNORED;
  const { backfill: _, ...about } = change.data;
  const contact = contactOf(user, request.settings?.addresses);
  return canonicalEvent(request, {
    name: what === 'change' ? 'lytics_change' : change.name,
    time,
    timeField: what === 'change' ? 'meta.timestamp' : `segment_events[].${what}`,
    // Lytics' id names the user, not the delivery: an exit has that of the enter before it.
    key: joinedKey(from, id ?? JSON.stringify(contact), segment ?? audience, what, text(given) ?? ''),
    contact,
    data: what === 'change' ? about : change.data,
    facts: {
      ...(id !== undefined && { aliases: [{ type: 'lytics_id', value: id }] }),
      profile: { set: profileOf(user), unset: [] },
    },
  });
}

/** `addresses`: fields that hold an e-mail address where there is no `email`. */
function contactOf(user: JsonObject, addresses: readonly string[] = []): Contact {
  const contact: { -readonly [K in keyof Contact]: string } = {};
  for (const [kind, fields] of Object.entries(LYTICS_FIELDS) as [IdentifierKind, readonly string[]][]) {
    const found = [...fields, ...(kind === 'email' ? addresses : [])]
      .map((field) => readIdentifier(kind, user[field]).value)
      .find((value): value is string => value !== undefined);
    if (found !== undefined) contact[kind] = found;
  }
  return contact;
}

const NO_ATTRIBUTES: ReadonlySet<string> = new Set([
  ...Object.values(LYTICS_FIELDS).flat(),
  'segment_events',
  'segments_all',
]);

/** Fields of the profile, but for Lytics' own (`_…`), its scores, and those that name the contact. */
function profileOf(user: JsonObject): JsonObject {
  const own = Object.entries(without(user, NO_ATTRIBUTES)).filter(([name]) => !/^(_|score_)/.test(name));
  return withoutNulls(Object.fromEntries(own));
}

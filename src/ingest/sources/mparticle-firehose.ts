import type { Json, JsonObject } from '../../plan/json.ts';
import { readName } from '../limits.ts';
import { authorization, matchesSecret } from '../secrets.ts';
import type { IngestRequest, Parsed, SourceAdapter } from '../source-adapter.ts';
import { absorbed, type Found } from './absorb.ts';
import { readMemberships, readSubscription } from './mparticle-audiences.ts';
import { readErasure } from './mparticle-erasure.ts';
import { readFirehoseEvents } from './mparticle-firehose-events.ts';
import { FIREHOSE_VERSION, REGISTRATION } from './mparticle-registration.ts';
import { isObject, object, text } from './values.ts';

/**
 * mParticle Firehose, SDK 3.2 dialect, over HTTPS. It absorbs: mParticle repeats only 408, 429 and 5xx, so every other
 * error is data lost. Whatever is authenticated and readable is answered with the matching `*_response`, and what cannot
 * be used goes to quarantine. One user per message; each of its `events` becomes one of ours.
 */
export const mparticleFirehose: SourceAdapter = {
  type: 'mparticle_firehose',
  scheme: 'Token',
  contentType: 'any',

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
    const keep = (parts: JsonObject = {}) => part(request, message, parts);
    const respond = (found: readonly Found[], response: string, fields: object = {}) =>
      answering(request, message, found, response, fields);
    switch (type) {
      case 'module_registration_request':
        return respond([], 'module_registration_response', REGISTRATION);
      case 'event_processing_request':
        return respond(readFirehoseEvents(request, message, keep), 'event_processing_response');
      case 'audience_subscription_request': {
        const subscription = readSubscription(request, message);
        const isRead = typeof subscription === 'object';
        const settings = message.audience_subscription_settings;
        const fields = settings === undefined ? {} : { audience_subscription_settings: settings };
        const found = isRead ? [] : [{ read: subscription, body: keep() }];
        const parsed = respond(found, 'audience_subscription_response', fields);
        return isRead ? { ...parsed, subscriptions: [subscription] } : parsed;
      }
      case 'audience_membership_change_request':
        return respond(readMemberships(request, message, keep), 'audience_membership_change_response', {
          suspend_subscription: false,
        });
      case 'dsr_processing_request':
        return respond([{ read: readErasure(request, message), body: keep() }], 'dsr_processing_response');
      default: {
        const response = readName(type.replace(/_request$/, ''));
        return respond([{ read: unknownType(type), body: keep() }], `${response ?? 'unknown'}_response`);
      }
    }
  },
};

const unknownType = (type: string) =>
  `unknown_message_type: ${readName(type) === null ? 'the message has no type' : `"${type}" is not a message this version knows`}`;

/** The message with other `parts`, without the secret that may stand in the account's settings: a retry is already authenticated. */
function part(request: IngestRequest, message: JsonObject, parts: JsonObject): Json {
  if (!isObject(request.body)) return request.body;
  if (!Object.hasOwn(message, 'account')) return { ...message, ...parts };
  const { ingestKey: _, ...settings } = object(object(message.account).account_settings);
  return { ...message, account: { ...object(message.account), account_settings: settings }, ...parts };
}

/** mParticle reads nothing of the answer but its form: every request has a response of its own type. */
function answering(
  request: IngestRequest,
  message: JsonObject,
  found: readonly Found[],
  type: string,
  fields: object,
): Parsed {
  const body = {
    type,
    id: text(message.id) ?? null,
    timestamp_ms: request.received.getTime(),
    firehose_version: text(message.firehose_version) ?? FIREHOSE_VERSION,
    ...fields,
  };
  return { ...absorbed(request, found), answer: () => ({ status: 200, body }) };
}

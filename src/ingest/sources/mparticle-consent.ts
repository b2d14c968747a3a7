/** Changes of consent, in both of mParticle's dialects: `system_notifications`. */
import type { Json, JsonObject } from '../../plan/json.ts';
import type { IngestRequest } from '../source-adapter.ts';
import { firstTimestamp } from '../timestamp.ts';
import type { Read } from './absorb.ts';
import { canonicalEvent, type Facts } from './canonical.ts';
import { consentTo } from './consent-purpose.ts';
import type { Identities } from './mparticle-message.ts';
import { contentKey, isOn, joinedKey, object, text } from './values.ts';

/**
 * `mp_consent_change` with `regulation`, `purpose`, `consented`, `document`. Only changes count: the state that stands in
 * every message would lift an objection that the contact made elsewhere.
 */
export function readConsentChange(
  request: IngestRequest,
  notification: JsonObject,
  { contact, aliases }: Identities,
  about: { readonly time: Json | undefined; readonly key: string | undefined } & Pick<Facts, 'development' | 'replay'>,
): Read {
  // Without an id of the message, whom it is about tells it from the next one: they may say the same.
  const { time: sent, key = contentKey([about.time ?? null, contact as JsonObject]), ...marks } = about;
  const type = text(notification.type) ?? '';
  const regulation = /^(gdpr|ccpa)_consent_state$/.exec(type)?.[1];
  if (regulation === undefined)
    return `unknown_message_type: "${type.slice(0, 80)}" is no notification this version knows`;
  const state = object(notification[`new_${type}`]);
  const purpose = text(notification.purpose) ?? 'data_sale_opt_out';
  const consented = isOn(state.consented);
  const consent = regulation === 'gdpr' ? consentTo(request, purpose, consented) : undefined;
  return canonicalEvent(request, {
    name: 'mp_consent_change',
    time: firstTimestamp(state.timestamp_unixtime_ms, sent),
    timeField: 'timestamp_unixtime_ms',
    key: joinedKey('consent', key, regulation, purpose, text(state.timestamp_unixtime_ms) ?? '', String(consented)),
    contact,
    data: { regulation, purpose, consented, document: text(state.document) ?? null },
    facts: { aliases, ...(consent && { consent }), ...marks },
  });
}

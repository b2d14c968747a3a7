import type { Json, JsonObject } from '../../plan/json.ts';
import { purchaseFields } from './mparticle-event.ts';
import { object, text, without, withoutNulls } from './values.ts';

/** Fields of every event that are not its content, and what we never keep: place, device, push token, stack traces. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  'timestamp_unixtime_ms',
  'event_id',
  'source_message_id',
  'event_start_unixtime_ms',
  'event_num',
  'custom_attributes',
  'custom_flags',
  'location',
  'device_current_state',
  'canonical_name',
  'push_notification_token',
  'registration_token',
  'stack_trace',
  'crash_report',
]);
const COMMERCE: ReadonlySet<string> = new Set(['product_action', 'promotion_action', 'product_impressions']);

/**
 * Name and fields of an event of the Events API v2 (docs.mparticle.com/developers/apis/json-reference), the same as those of
 * the Firehose event that tells the same. No name: a custom event or product action without one.
 */
export function eventsNameAndData(event: JsonObject): { readonly name: string | undefined; readonly data: JsonObject } {
  const given = object(event.data);
  const attributes = object(given.custom_attributes);
  const flags = object(given.custom_flags);
  const extra: { [name: string]: Json } = Object.keys(flags).length > 0 ? { $flags: flags } : {};
  const rest = withoutNulls(without(given, LEFT_OUT));
  const type = text(event.event_type);
  switch (type) {
    case 'custom_event': {
      const { event_name, ...context } = rest;
      return { name: text(event_name), data: { ...attributes, $event: context, ...extra } };
    }
    case 'commerce_event':
      return commerce(rest, attributes, extra);
    case 'session_end': {
      const { session_duration_ms, ...others } = rest;
      const length: JsonObject = session_duration_ms === undefined ? {} : { session_length_ms: session_duration_ms };
      return { name: 'mp_session_end', data: { ...attributes, ...others, ...length, ...extra } };
    }
    default:
      return { name: type && `mp_${type}`, data: { ...attributes, ...rest, ...extra } };
  }
}

/** Exactly one of a product action, a promotion action and impressions. */
function commerce(rest: JsonObject, attributes: JsonObject, extra: JsonObject) {
  const context = without(rest, COMMERCE);
  if (Object.hasOwn(rest, 'product_action')) {
    const product = object(rest.product_action);
    const action = text(product.action);
    if (action === 'purchase')
      return { name: 'purchase', data: { ...attributes, ...purchaseFields({ ...context, ...product }), ...extra } };
    return { name: action && `mp_product_${action}`, data: { ...attributes, ...context, ...product, ...extra } };
  }
  if (Object.hasOwn(rest, 'promotion_action')) {
    return {
      name: 'mp_promotion_action',
      data: { ...attributes, ...context, ...object(rest.promotion_action), ...extra },
    };
  }
  const impressions = rest.product_impressions ?? [];
  return { name: 'mp_impression', data: { ...attributes, ...context, impressions, ...extra } };
}

import type { Json, JsonObject } from '../../plan/json.ts';
import { object, text } from './values.ts';

/** Fields of every Firehose event that are not its content, and what we never keep: place, push token, stack traces. */
const LEFT_OUT = new Set([
  'type',
  'id',
  'timestamp_ms',
  'attributes',
  'custom_flags',
  'location',
  'token',
  'stack_trace',
  'breadcrumbs',
]);

/**
 * Name and fields of a Firehose event (its own types: mParticle's Firehose SDK 3.2). Attributes are text on the wire and
 * stay text unless the catalogue declares the event. Null: a custom event or product action without a usable name.
 */
export function nameAndData(event: JsonObject): { readonly name: string | undefined; readonly data: JsonObject } {
  const attributes = object(event.attributes);
  const rest = Object.fromEntries(
    Object.entries(event)
      .filter(([name]) => !LEFT_OUT.has(name))
      .map(([name, value]) => [name, name === 'session_id' ? (text(value) ?? value) : value]),
  );
  const flags = object(event.custom_flags);
  const extra: { [name: string]: Json } = Object.keys(flags).length > 0 ? { $flags: flags } : {};
  const type = text(event.type);
  switch (type) {
    case 'custom_event': {
      const { name, ...context } = rest;
      return { name: text(name), data: { ...attributes, $event: context, ...extra } };
    }
    case 'product_action': {
      const action = text(event.action);
      if (action === 'purchase')
        return { name: 'purchase', data: { ...attributes, ...purchaseFields(rest), ...extra } };
      return { name: action && `mp_product_${action}`, data: { ...attributes, ...rest, ...extra } };
    }
    default:
      return { name: type && `mp_${type}`, data: { ...attributes, ...rest, ...extra } };
  }
}

/** LANGUAGE.md §3: the fields that every `purchase` has, whoever sent it. */
export function purchaseFields(rest: JsonObject): JsonObject {
  const { action, transaction_id, total_amount, currency_code, products, ...others } = rest;
  return {
    ...others,
    order_id: text(transaction_id) ?? null,
    total: total_amount ?? null,
    currency: currency_code ?? null,
    items: products ?? [],
  };
}

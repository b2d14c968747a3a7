import type { IncomingHttpHeaders } from 'node:http';
import type { EventNote } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import type { SourceAdapter } from '../source-adapter.ts';
import { firstTimestamp, readSeconds } from '../timestamp.ts';
import { absorbed } from './absorb.ts';
import { canonicalEvent } from './canonical.ts';
import { header, isSigned, type SignatureScheme, schemeOf, webhookHeader } from './signatures.ts';
import { firstText, isObject, object, text, withoutNulls } from './values.ts';
import { contactIn, firstIdentifier } from './webhook-contact.ts';

/**
 * Signed webhooks: Standard Webhooks 1.0, and those signed as Stripe, Shopify and GitHub do. They absorb: senders switch an
 * endpoint off that refuses too often. One request is one event.
 */
export const standardWebhooks: SourceAdapter = {
  type: 'standard_webhooks',
  scheme: 'Signature',
  signature:
    'a signature of the body (webhook-signature, Stripe-Signature, X-Hub-Signature-256, X-Shopify-Hmac-Sha256)',
  contentType: 'any',

  authenticate(request, secrets) {
    return isSigned(request, secrets) ? 'accepted' : 'refused';
  },

  parse(request) {
    const { body, headers } = request;
    if (!isObject(body)) return absorbed(request, [{ read: 'invalid_event: the body is no JSON object', body }]);
    const webhook = READERS[schemeOf(headers) ?? 'standard'](body, headers);
    const { contact, notes } = contactOf(webhook.data);
    const read = canonicalEvent(request, {
      name: webhook.name,
      time: readSeconds(webhook.timestamp) ?? firstTimestamp(webhook.timestamp),
      timeField: 'the timestamp',
      id: webhook.id,
      contact,
      data: webhook.data,
      facts: {
        ...(notes.length > 0 && { notes }),
        // Stripe's test mode
        ...(body.livemode === false && { development: true }),
      },
    });
    return absorbed(request, [{ read, body: again(webhook, body) }]);
  },
};

interface Webhook {
  readonly name: Json | undefined;
  readonly id: string | undefined;
  /** RFC 3339, seconds or milliseconds */
  readonly timestamp: Json | undefined;
  readonly data: JsonObject;
}

const READERS: {
  readonly [S in SignatureScheme]: (body: JsonObject, headers: IncomingHttpHeaders) => Webhook;
} = {
  /** `{ type, timestamp, data }`; the id and a second timestamp stand in headers. */
  standard: (body, headers) => {
    const sent = webhookHeader(headers, 'timestamp');
    return {
      name: body.type,
      id: webhookHeader(headers, 'id') ?? text(body.id),
      timestamp: body.timestamp ?? (sent === undefined ? undefined : Number(sent)),
      data: dataOf(body),
    };
  },
  /** An Event object: `{ id, type, created, data: { object } }`, `created` in seconds. */
  stripe: (body) => ({
    name: body.type,
    id: text(body.id),
    timestamp: body.created,
    data: dataOf(body),
  }),
  /** The body is the thing itself; topic and id stand in headers. */
  shopify: (body, headers) => ({
    name: header(headers, 'x-shopify-topic'),
    id: header(headers, 'x-shopify-webhook-id'),
    timestamp: header(headers, 'x-shopify-triggered-at'),
    data: body,
  }),
  github: (body, headers) => ({
    name: header(headers, 'x-github-event') ?? body.type ?? body.event,
    id: header(headers, 'x-github-delivery') ?? text(body.id),
    timestamp: body.timestamp,
    data: isObject(body.data) ? body.data : body,
  }),
};

const ENVELOPE = new Set(['type', 'timestamp', 'id', 'created', 'livemode']);

/** `data`, or the fields beside the envelope where there is none. */
function dataOf(body: JsonObject): JsonObject {
  if (isObject(body.data)) return body.data;
  return Object.fromEntries(Object.entries(body).filter(([name]) => !ENVELOPE.has(name)));
}

/** `data.contact.*`, else `data.email`, else where Stripe's objects and Shopify's orders hold an address. */
function contactOf(data: JsonObject) {
  const { contact, problems } = contactIn(data);
  const notes = problems.map(([pointer, detail]): EventNote => ({ pointer: `/data${pointer}`, detail }));
  if (Object.keys(contact).length > 0) return { contact, notes };
  const [thing, customer] = [object(data.object), object(data.customer)];
  const [details, billing] = [object(thing.customer_details), object(thing.billing_details)];
  return {
    contact: {
      ...firstIdentifier(
        'email',
        ...[thing.email, thing.customer_email, thing.receipt_email, details.email, billing.email, customer.email],
      ),
      ...firstIdentifier('mobile', thing.phone, details.phone, billing.phone, data.phone, customer.phone),
    },
    notes,
  };
}

/** What headers said is put into the body, in the form of Standard Webhooks: it is all that quarantine keeps. */
function again({ name, id, timestamp, data }: Webhook, { livemode }: JsonObject): Json {
  return withoutNulls({
    type: name ?? null,
    id: firstText(id) ?? null,
    timestamp: timestamp ?? null,
    livemode: livemode ?? null,
    data,
  });
}

/** How each vendor sends, what it repeats, and what it gives up (reference: producers.md §1 to §5, and the table of §7). */
import { createHmac } from 'node:crypto';
import type { Happening } from './producers.ts';

export interface Producer {
  readonly name: string;
  readonly path: string;
  readonly happenings: readonly Happening[];
  /** statuses that the vendor takes for a success */
  readonly taken: readonly number[];
  /** statuses after which it sends the same again; with any other it drops the event, or stops. A lost connection is always repeated */
  readonly repeats: readonly number[];
  /** ms after which it takes the connection for lost */
  readonly timeoutMs: number;
  /** made anew for each attempt */
  headers(id: string, body: string): { readonly [name: string]: string };
  body(id: string, email: string, happening: Happening, time: Date): object;
}

const OF_A_PERSON: readonly Happening[] = ['signup', 'order', 'cart'];
const OF_AN_AUDIENCE: readonly Happening[] = ['audience_entered', 'audience_exited'];
const SECRET = 's3cret';
const TROUBLE = [500, 502, 503, 504];
const PATIENCE_MS = 30_000;
const JSON_TYPE = { 'content-type': 'application/json' };
const bearer = () => ({ ...JSON_TYPE, authorization: `Bearer ${SECRET}` });

const API: Producer = {
  name: 'api',
  path: '/v1/events',
  happenings: OF_A_PERSON,
  taken: [202],
  repeats: [408, 429, ...TROUBLE],
  timeoutMs: PATIENCE_MS,
  headers: bearer,
  body: (id, email, event, time) => ({ event, id, time: time.toISOString(), contact: { email }, data: {} }),
};

/** Drops a message after every other 4xx, for good. */
const FIREHOSE: Producer = {
  name: 'mparticle',
  path: '/v1/sources/mparticle',
  happenings: OF_A_PERSON,
  taken: [200, 202],
  repeats: [408, 429, ...TROUBLE],
  timeoutMs: PATIENCE_MS,
  headers: () => ({ ...JSON_TYPE, authorization: `Token ${SECRET}` }),
  body: (id, email, name, time) => ({
    type: 'event_processing_request',
    id: `message-${id}`,
    timestamp_ms: time.getTime(),
    firehose_version: '3.2.0',
    user_identities: [{ type: 'email', encoding: 'raw', value: email }],
    runtime_environment: { type: 'mobileweb', is_debug: false },
    events: [{ type: 'custom_event', id, timestamp_ms: time.getTime(), name, attributes: {} }],
  }),
};

/** The generic webhook output: its statuses are not published, so the least is assumed. */
const MPARTICLE_EVENTS: Producer = {
  name: 'mpevents',
  path: '/v1/sources/mpevents',
  happenings: OF_A_PERSON,
  taken: [200, 202],
  repeats: TROUBLE,
  timeoutMs: PATIENCE_MS,
  headers: bearer,
  body: (id, email, name, time) => ({
    message_type: 'events',
    message_id: `message-${id}`,
    schema_version: 2,
    environment: 'production',
    user_identities: { email },
    events: [
      {
        event_type: 'custom_event',
        data: {
          event_name: name,
          custom_event_type: 'other',
          event_id: Number.parseInt(createHmac('sha1', '').update(id).digest('hex').slice(0, 12), 16),
          timestamp_unixtime_ms: time.getTime(),
        },
      },
    ],
  }),
};

/** 429 and 5xx let the job sleep or try again; 400, 404 and 413 are never repeated; anything else fails the whole export. */
const LYTICS: Producer = {
  name: 'lytics',
  path: '/v1/sources/lytics',
  happenings: OF_AN_AUDIENCE,
  taken: [200],
  repeats: [429, ...TROUBLE],
  timeoutMs: PATIENCE_MS,
  headers: bearer,
  body: (id, email, happening, time) => {
    const event = happening === 'audience_entered' ? 'enter' : 'exit';
    const at = time.toISOString();
    return {
      id,
      data: { email, segment_events: [{ id: 'a1', event, slug: 'vip', [event]: at }] },
      meta: { object: 'user', subscription_id: 'sub', timestamp: at },
    };
  },
};

/** Waits five seconds, and repeats nothing below 500. RudderStack sends the same calls. */
const SEGMENT: Producer = {
  name: 'segment',
  path: '/v1/sources/segment',
  happenings: OF_A_PERSON,
  taken: [200, 201, 202],
  repeats: TROUBLE,
  timeoutMs: 5_000,
  headers: (_, body) => ({ ...JSON_TYPE, 'x-signature': createHmac('sha1', SECRET).update(body).digest('hex') }),
  body: (messageId, email, event, time) => ({
    type: 'track',
    messageId,
    event,
    timestamp: time.toISOString(),
    properties: {},
    context: { traits: { email } },
  }),
};

/** The specification leaves repeating to the sender; 415 and 410 end it. */
const CLOUDEVENTS: Producer = {
  name: 'bus',
  path: '/v1/sources/bus',
  happenings: OF_A_PERSON,
  taken: [200, 201, 202, 204],
  repeats: [429, ...TROUBLE],
  timeoutMs: PATIENCE_MS,
  headers: () => ({ ...bearer(), 'content-type': 'application/cloudevents+json; charset=utf-8' }),
  body: (id, email, type, time) => ({
    specversion: '1.0',
    id,
    source: 'urn:example:shop',
    type,
    time: time.toISOString(),
    datacontenttype: 'application/json',
    data: { contact: { email } },
  }),
};

/** Signs each attempt anew, under the same id; 410 switches the endpoint off. */
const STANDARD_WEBHOOKS: Producer = {
  name: 'hooks',
  path: '/v1/sources/hooks',
  happenings: OF_A_PERSON,
  taken: [200, 201, 202, 204],
  repeats: [429, ...TROUBLE],
  timeoutMs: 15_000,
  headers: (id, body) => {
    const time = Math.floor(Date.now() / 1000);
    const signature = createHmac('sha256', SECRET).update(`${id}.${time}.${body}`).digest('base64');
    return {
      ...JSON_TYPE,
      'webhook-id': id,
      'webhook-timestamp': String(time),
      'webhook-signature': `v1,${signature}`,
    };
  },
  body: (_, email, type, time) => ({ type, timestamp: time.toISOString(), data: { contact: { email } } }),
};

/** One of each type of source that brings events of people; Mapp's own feedback speaks of messages. */
export const PRODUCERS: readonly Producer[] = [
  API,
  FIREHOSE,
  MPARTICLE_EVENTS,
  LYTICS,
  SEGMENT,
  CLOUDEVENTS,
  STANDARD_WEBHOOKS,
];

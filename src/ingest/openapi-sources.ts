/** What `GET /openapi.json` says of a declared source's path, by its type. */
import type { Source, SourceType } from '../plan/project.ts';

const JSON_TYPE = 'application/json';
const problem = { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } };

const PROBLEMS = {
  400: 'the body cannot be read',
  401: 'the credentials are missing or wrong',
  413: 'more than 8 MiB; of a strict source also more than 1,000 events, or 64 KiB in one event',
  415: 'not JSON (strict sources only), or a content encoding other than gzip',
  422: 'not a valid event; nothing was stored',
  503: 'events cannot be stored at the moment; Retry-After says when to try again',
} as const;

/** What an answer of this status says in its head. */
const HEADERS: { readonly [status: string]: object } = {
  401: { 'WWW-Authenticate': { description: 'the scheme that is wanted', schema: { type: 'string' } } },
  503: { 'Retry-After': { required: true, description: 'seconds', schema: { type: 'integer', minimum: 1 } } },
};

/** The responses of these statuses. */
export function problems(statuses: readonly (keyof typeof PROBLEMS)[]): object {
  return {
    ...Object.fromEntries(
      statuses.map((status) => [status, { description: PROBLEMS[status], headers: HEADERS[status], content: problem }]),
    ),
    default: { description: 'any other error', content: problem },
  };
}

/** Strict sources name what is wrong; the others take everything that can be read. */
const STRICT: ReadonlySet<SourceType> = new Set(['api', 'cloudevents']);

const FORMATS: { readonly [T in SourceType]: { readonly says: string; readonly media?: readonly string[] } } = {
  api: { says: 'events of the own API' },
  mparticle_firehose: {
    says: 'mParticle Firehose: module registration, events, audience subscriptions and memberships, data subject requests',
  },
  mparticle_events: { says: 'batches of mParticle’s Events API v2, as its Webhook output sends them' },
  lytics: { says: 'Lytics’ Audience Triggers webhook: one delivery, a list of them, or CloudEvents' },
  cloudevents: {
    says: 'CloudEvents 1.0: structured, binary or a batch of at most 1,000',
    media: ['application/cloudevents+json', 'application/cloudevents-batch+json', JSON_TYPE],
  },
  segment: { says: 'calls of Segment or RudderStack: one, a list of them, or { "batch": [...] }' },
  standard_webhooks: { says: 'Standard Webhooks, and webhooks signed as Stripe, Shopify or GitHub sign' },
  mapp_feedback: { says: 'what Mapp tells of messages: opens, clicks, bounces, and the feedback of Connect' },
};

/** The paths of one source: Connect's callback is an address and nothing else, so that its token stands in there. */
export function sourcePaths(
  name: string,
  source: Pick<Source, 'type' | 'credential'>,
): readonly (readonly [path: string, item: object])[] {
  const path = `/v1/sources/${name}`;
  const item = sourcePath(name, source);
  if (source.type !== 'mapp_feedback') return [[path, item]];
  const token = { name: 'token', in: 'path', required: true, schema: { type: 'string' }, description: 'the token' };
  return [
    [path, item],
    [`${path}/{token}`, { post: { ...item.post, parameters: [token], security: [] } }],
  ];
}

function sourcePath(name: string, { type, credential }: Pick<Source, 'type' | 'credential'>) {
  const { says, media = [JSON_TYPE] } = FORMATS[type];
  const isStrict = STRICT.has(type);
  return {
    post: {
      summary: `Takes what the producer "${name}" sends`,
      description: says,
      security: securityOf(type, credential),
      requestBody: { required: true, content: Object.fromEntries(media.map((one) => [one, { schema: {} }])) },
      responses: isStrict
        ? {
            202: {
              description: 'the events are durable; those that are not valid are named',
              content: answer('Accepted'),
            },
            ...problems([400, 401, 413, 415, 422, 503]),
          }
        : {
            200: type === 'mparticle_firehose' ? FIREHOSE : { description: ABSORBED, content: answer('Absorbed') },
            ...problems([400, 401, 413, 415, 503]),
          },
    },
    ...(type === 'cloudevents' && {
      options: {
        summary: 'The handshake of CloudEvents’ webhooks',
        responses: { 200: { description: 'WebHook-Allowed-Origin holds who asked' } },
      },
    }),
  };
}

const ABSORBED =
  'everything is durable: taken, known already, left out on purpose, or kept in quarantine with its reason';

const FIREHOSE = {
  description: 'the response that belongs to the request',
  content: {
    [JSON_TYPE]: {
      schema: {
        type: 'object',
        required: ['type', 'id', 'timestamp_ms', 'firehose_version'],
        properties: {
          type: { type: 'string', examples: ['event_processing_response'] },
          id: { type: ['string', 'null'], description: 'that of the request' },
          timestamp_ms: { type: 'integer' },
          firehose_version: { type: 'string' },
        },
      },
    },
  },
};

function answer(schema: string): object {
  return { [JSON_TYPE]: { schema: { $ref: `#/components/schemas/${schema}` } } };
}

/** Registration with mParticle needs no credentials, and its secret may stand in the body. */
function securityOf(type: SourceType, credential: Source['credential']): readonly object[] {
  if (type === 'mparticle_firehose') return [{ token: [] }, {}];
  if (credential === 'hmac_sha1') return [{ hmac_sha1: [] }];
  return credential === 'secret' ? [{ signature: [] }] : [{ bearer: [] }];
}

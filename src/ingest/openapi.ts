import { z } from 'zod';
import type { Source } from '../plan/project.ts';
import { problems, sourcePaths } from './openapi-sources.ts';
import { absorbedAnswer, apiAnswer, apiBody, apiEvent, problemBody } from './sources/api-schema.ts';

/**
 * The OpenAPI 3.1 document of this ingest, from the schemas that check requests.
 *
 * @param sources the declared ones that have a path of their own
 * @param ownApi whether `POST /v1/events` is taken here; `loopback`: from this machine, without credentials
 */
export function openApi(
  ownApi: boolean | 'loopback',
  sources: readonly (readonly [name: string, source: Pick<Source, 'type' | 'credential'>])[],
): object {
  const text = (description: string, more: object = {}) => ({ get: { responses: { 200: { description }, ...more } } });
  return {
    openapi: '3.1.0',
    info: { title: 'mapp-flows ingest', version: '1', description: 'Events that start and move flows.' },
    paths: {
      ...(ownApi !== false && {
        '/v1/events': { post: { ...EVENTS_PATH.post, ...(ownApi === 'loopback' && { security: [] }) } },
      }),
      ...Object.fromEntries(sources.flatMap(([name, source]) => sourcePaths(name, source))),
      '/healthz': text('the process lives'),
      '/readyz': text('events can be stored', problems([503])),
      '/metrics': text('counters in the text format of Prometheus'),
      '/openapi.json': text('this document'),
    },
    components: {
      schemas: schemas(),
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer' },
        token: { type: 'apiKey', in: 'header', name: 'Authorization', description: 'Token SECRET (mParticle)' },
        signature: { type: 'apiKey', in: 'header', name: 'webhook-signature', description: 'or another signature' },
        hmac_sha1: { type: 'apiKey', in: 'header', name: 'X-Signature', description: 'hex HMAC-SHA1 of the body' },
      },
    },
  };
}

/** References of OpenAPI point into the document, those of a JSON Schema of its own would not. */
function schemas(): object {
  const registry = z.registry<{ id: string }>();
  const named = {
    Event: apiEvent,
    Events: apiBody,
    Accepted: apiAnswer,
    Absorbed: absorbedAnswer,
    Problem: problemBody,
  };
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const made = z.toJSONSchema(registry, {
    io: 'input',
    uri: (id) => `#/components/schemas/${id}`,
    override: ({ jsonSchema }) => withoutSafeBounds(jsonSchema),
  });
  return Object.fromEntries(
    Object.entries(made.schemas).map(([id, { $schema: _, $id: __, id: ___, ...schema }]) => [id, schema]),
  );
}

/** Larger integers than a double holds are taken too, with all their digits. */
function withoutSafeBounds(schema: { minimum?: number; maximum?: number }): void {
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}

function ref(schema: string): { readonly $ref: string } {
  return { $ref: `#/components/schemas/${schema}` };
}

const EVENTS_PATH = {
  post: {
    summary: 'Hands over one event, or up to 1,000',
    security: [{ bearer: [] }],
    parameters: [
      {
        name: 'Idempotency-Key',
        in: 'header',
        required: false,
        schema: { type: 'string', minLength: 1, maxLength: 200 },
        description: 'stands in for a missing id; with an array it counts per index',
      },
    ],
    requestBody: { required: true, content: { 'application/json': { schema: ref('Events') } } },
    responses: {
      202: {
        description: 'the events are durable; those that are not valid are named',
        content: { 'application/json': { schema: ref('Accepted') } },
      },
      ...problems([400, 401, 413, 415, 422, 503]),
    },
  },
};

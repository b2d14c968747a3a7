import { z } from 'zod';
import { apiAnswer, apiBody, problemBody } from './sources/api-schema.ts';

/** The OpenAPI 3.1 document of this ingest, from the schemas that check requests. `sources`: names of the declared ones. */
export function openApi(sources: readonly string[]): object {
  const body = z.toJSONSchema(apiBody, { io: 'input', target: 'draft-2020-12' });
  const problem = { 'application/problem+json': { schema: z.toJSONSchema(problemBody) } };
  const errors = Object.fromEntries(
    Object.entries({
      400: 'the body cannot be read',
      401: 'the credentials are missing or wrong',
      413: 'more than 8 MiB, 1,000 events, or 64 KiB in one event',
      415: 'not JSON',
      422: 'not a valid event; nothing was stored',
      503: 'events cannot be stored at the moment; Retry-After says when to try again',
    }).map(([status, description]) => [status, { description, content: problem }]),
  );
  const text = (description: string) => ({ get: { responses: { 200: { description } } } });
  return {
    openapi: '3.1.0',
    info: { title: 'mapp-flows ingest', version: '1', description: 'Events that start and move flows.' },
    paths: {
      '/v1/events': {
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
          requestBody: { required: true, content: { 'application/json': { schema: body } } },
          responses: {
            202: {
              description: 'the events are durable',
              content: { 'application/json': { schema: z.toJSONSchema(apiAnswer) } },
            },
            ...errors,
          },
        },
      },
      ...Object.fromEntries(
        sources.map((name) => [
          `/v1/sources/${name}`,
          {
            post: {
              summary: `Takes what the producer "${name}" sends, in the producer's own format`,
              requestBody: { required: true, content: { 'application/json': { schema: {} } } },
              responses: { 200: { description: 'taken' }, ...errors },
            },
          },
        ]),
      ),
      '/healthz': text('the process lives'),
      '/readyz': text('events can be stored'),
      '/metrics': text('counters in the text format of Prometheus'),
    },
    components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } } },
  };
}

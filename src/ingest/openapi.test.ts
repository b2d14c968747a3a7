import { expect, test } from 'vitest';
import type { Source } from '../plan/project.ts';
import { openApi } from './openapi.ts';

const SOURCES: readonly (readonly [string, Pick<Source, 'type' | 'credential'>])[] = [
  ['mparticle', { type: 'mparticle_firehose', credential: 'secret' }],
  ['mp-events', { type: 'mparticle_events', credential: 'token' }],
  ['lytics', { type: 'lytics', credential: 'token' }],
  ['bus', { type: 'cloudevents', credential: 'token' }],
  ['segment', { type: 'segment', credential: 'hmac_sha1' }],
  ['rudder', { type: 'segment', credential: 'token' }],
  ['hooks', { type: 'standard_webhooks', credential: 'secret' }],
  ['mapp', { type: 'mapp_feedback', credential: 'token' }],
];
// biome-ignore lint/suspicious/noExplicitAny: a document of free form
const document = openApi(true, SOURCES) as any;

test('every source has its path, with success, errors and security', () => {
  for (const [name] of SOURCES) {
    const { post } = document.paths[`/v1/sources/${name}`];
    expect(Object.keys(post.responses)).toEqual(expect.arrayContaining(['400', '401', '413', '503']));
    expect(post.security.length).toBeGreaterThan(0);
    expect(post.responses[503].headers).toHaveProperty('Retry-After');
    expect(post.responses[401].headers).toHaveProperty('WWW-Authenticate');
  }
  const securities = SOURCES.map(([name]) => Object.keys(document.paths[`/v1/sources/${name}`].post.security[0])[0]);
  expect(securities).toEqual(['token', 'bearer', 'bearer', 'bearer', 'hmac_sha1', 'bearer', 'signature', 'bearer']);
});

test('every reference points at something in the document', () => {
  const refs = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map((match) => match[1]!);
  expect(refs.length).toBeGreaterThan(5);
  for (const one of new Set(refs)) {
    const path = one.replace('#/', '').split('/');
    expect(
      path.reduce((inner, key) => inner?.[key], document),
      one,
    ).toBeTypeOf('object');
  }
});

test('the own API in detail', () => {
  const { Event, Events, Accepted, Problem } = document.components.schemas;
  expect(Object.keys(Event.properties)).toEqual(
    expect.arrayContaining(['event', 'id', 'time', 'contact', 'data', 'flow']),
  );
  expect(Event.required).toEqual(['event', 'contact']);
  expect(Events.anyOf[1]).toMatchObject({ type: 'array', maxItems: 1000 });
  expect(Accepted.required).toEqual(['accepted', 'duplicates', 'rejected']);
  expect(Problem.properties).toHaveProperty('code');
  expect(document.paths['/v1/events'].post.parameters[0].name).toBe('Idempotency-Key');
});

test('ids of 64 bits are no mistake; Connect may send its token in the address', () => {
  expect(JSON.stringify(document.components.schemas.Event)).not.toContain(String(Number.MAX_SAFE_INTEGER));
  const { post } = document.paths['/v1/sources/mapp/{token}'];
  expect(post).toMatchObject({ parameters: [{ name: 'token', in: 'path', required: true }], security: [] });
});

test('without a source of type api there is no path for it', () => {
  expect(Object.keys((openApi(false, []) as { paths: object }).paths)).toEqual([
    '/healthz',
    '/readyz',
    '/metrics',
    '/openapi.json',
  ]);
});

test('what is taken from this machine without a token asks for none', () => {
  // biome-ignore lint/suspicious/noExplicitAny: a document of free form
  expect((openApi('loopback', []) as any).paths['/v1/events'].post.security).toEqual([]);
  expect(document.paths['/v1/events'].post.security).toEqual([{ bearer: [] }]);
});

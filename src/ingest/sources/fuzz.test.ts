/**
 * Every adapter against mutated samples, with fixed seeds: nothing but a Problem of the right status is thrown, and nothing
 * that was found goes missing. The second half sends some of them over HTTP, so that the store has its say too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { inboxOf, PROJECT, type TestIngest, testIngest } from '../../../test/support/ingest.ts';
import type { CanonicalEvent } from '../../plan/event.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import type { Source } from '../../plan/project.ts';
import { overLimit, readName } from '../limits.ts';
import { Problem } from '../problem.ts';
import { readJson } from '../read-json.ts';
import { FOUND } from '../testing/found.ts';
import { mutate, pick, random } from '../testing/mutations.ts';
import { ADAPTERS } from './registry.ts';

const SAMPLES = new URL('./samples/', import.meta.url);
const read = (file: string) => readJson(readFileSync(new URL(file, SAMPLES)));
const files = (folder: string, pattern: RegExp) =>
  readdirSync(new URL(folder, SAMPLES))
    .filter((name) => pattern.test(name))
    .map((name) => read(`${folder}/${name}`));

type Type = keyof typeof FOUND;
const BODIES: { readonly [T in Type]: readonly Json[] } = {
  api: [
    { event: 'signup', id: 's1', time: '2026-05-01T10:00:00Z', contact: { email: 'a@example.com' }, data: { a: [1] } },
    [
      { event: 'a', contact: { mobile: '+447700900123' } },
      { event: 'b', contact: { external_id: 5 } },
    ],
  ],
  mparticle_firehose: [
    ...files('mparticle', /^firehose-.*-request\b/),
    {
      type: 'dsr_processing_request',
      subject_request_type: 'erasure',
      submitted_time: '2026-05-01T10:00:00Z',
      subject_identities: { email: { value: 'a@example.com', encoding: 'raw' } },
    },
  ],
  mparticle_events: files('mparticle', /^(webhook|events-api)/),
  lytics: files('lytics', /./),
  cloudevents: ['structured', 'batch'].map(
    (name) => (read(`common/cloudevents.${name}.http.json`) as JsonObject).body!,
  ),
  segment: files('common', /^segment/),
  standard_webhooks: (read('common/signature-vectors.json') as { vectors: { rawBody: string }[] }).vectors
    .filter(({ rawBody }) => rawBody.startsWith('{'))
    .map(({ rawBody }) => readJson(Buffer.from(rawBody))),
};
const TYPES = Object.keys(BODIES) as Type[];
const STRICT: readonly string[] = ['api', 'cloudevents'];
const CASES = 3_000;

/** Mutants of a type's samples as they are read, the same at every run. */
function* mutants(type: Type, count: number, seed: number): Generator<Json> {
  const next = random(seed + TYPES.indexOf(type) * 1_000);
  for (let n = 0; n < count; n++) yield readJson(Buffer.from(JSON.stringify(mutate(pick(BODIES[type], next), next))));
}

const received = new Date('2026-05-02T00:00:00Z');
const parse = (type: Type, body: Json) => ADAPTERS[type].parse({ source: 's', headers: {}, body, received });

describe.each(TYPES)('%s', (type) => {
  test('mutants: no other error than the vendor may see, nothing lost, every event whole', () => {
    for (const body of mutants(type, CASES, 1)) {
      let parsed: ReturnType<typeof parse>;
      try {
        parsed = parse(type, body);
      } catch (error) {
        if (!(error instanceof Problem) || !STRICT.includes(type) || ![413, 422].includes(error.status))
          throw new Error(`on ${JSON.stringify(body).slice(0, 2_000)}`, { cause: error });
        expect(error.errors.length, error.message).toBeGreaterThan(0);
        continue;
      }
      const found = FOUND[type](body);
      const kept = parsed.quarantined.map((one) => FOUND[type](JSON.parse(one.body)) ?? 0).reduce((a, b) => a + b, 0);
      const taken =
        parsed.events.length + (parsed.ignored ?? 0) + parsed.rejected + (parsed.subscriptions?.length ?? 0);
      if (found !== null) expect(taken + kept, JSON.stringify(body).slice(0, 2_000)).toBe(found);
      for (const event of parsed.events) expectWhole(event);
      expect(JSON.stringify(parsed.answer(parsed.events.map(() => 'accepted')).body)).toEqual(expect.any(String));
      expect(parsed.answer(parsed.events.map(() => 'accepted')).status).toBe(STRICT.includes(type) ? 202 : 200);
    }
  });

  test('what is kept is kept for the same reason when it is tried again', () => {
    for (const body of mutants(type, CASES / 10, 2)) {
      let parsed: ReturnType<typeof parse>;
      try {
        parsed = parse(type, body);
      } catch {
        continue;
      }
      for (const { reason, body: again } of parsed.quarantined) {
        const retried = parse(type, readJson(Buffer.from(again)));
        expect(retried.events, again.slice(0, 2_000)).toEqual([]);
        expect(retried.quarantined.map((one) => words(one.reason))).toContain(words(reason));
      }
    }
  });
});

/** Without sizes: a part of a message, tried alone, is about the user as they are at its end, with another address perhaps. */
const words = (reason: string) => reason.replace(/\d+ bytes/, 'bytes');

function expectWhole(event: CanonicalEvent): void {
  expect(readName(event.name)).toBe(event.name);
  expect(event.id.length).toBeGreaterThan(0);
  expect(event.dedupeKey.length).toBeLessThanOrEqual(300);
  expect(new Date(event.time).toISOString()).toBe(event.time);
  expect(Date.parse(event.time)).toBeLessThanOrEqual(received.getTime());
  expect(Object.keys(event.contact).length).toBeGreaterThan(0);
  expect(overLimit(event)).toBeNull();
}

describe('over HTTP', () => {
  const REQUESTS = 120;
  const TOGETHER = 12;
  const source = (type: Type): Source => ({ type, secrets: ['S'], credential: 'token' });
  let ingest: TestIngest;
  beforeAll(async () => {
    const sources = Object.fromEntries(
      TYPES.filter((type) => type !== 'standard_webhooks').map((type) => [type, source(type)]),
    );
    const secrets = Object.fromEntries(TYPES.map((type) => [type, ['s']]));
    ingest = await testIngest({ project: { ...PROJECT, sources }, secrets });
  });
  afterAll(() => ingest.close());

  const post = async (type: Type, body: string | Uint8Array<ArrayBuffer>) => {
    const scheme = type === 'mparticle_firehose' ? 'Token' : 'Bearer';
    const path = type === 'api' ? '/v1/events' : `/v1/sources/${type}`;
    const response = await ingest.post(path, body, { authorization: `${scheme} s` });
    return { status: response.status, answer: (await response.json()) as JsonObject };
  };

  test.each(TYPES.filter((type) => type !== 'standard_webhooks'))(
    '%s: what is answered is what is in the store',
    async (type) => {
      const allowed = STRICT.includes(type) ? [202, 400, 413, 422] : [200, 400];
      const before = (await inboxOf(ingest.store)).length;
      let accepted = 0;
      const texts = [...mutants(type, REQUESTS, 3)].map((body) => JSON.stringify(body));
      while (texts.length > 0) {
        const answers = await Promise.all(texts.splice(0, TOGETHER).map((text) => post(type, text)));
        for (const { status, answer } of answers) {
          expect(allowed, JSON.stringify(answer)).toContain(status);
          accepted += Number(answer.accepted ?? 0);
        }
      }
      const stored = (await inboxOf(ingest.store)).length - before;
      if (type === 'mparticle_firehose') expect(stored).toBeGreaterThan(0);
      else expect(stored).toBe(accepted);
      expect(ingest.logged.filter((line) => line.includes('failed'))).toEqual([]);
    },
  );

  test.each(TYPES.filter((type) => type !== 'standard_webhooks'))(
    '%s: broken bytes are 400, and never more',
    async (type) => {
      const next = random(4);
      const allowed = STRICT.includes(type) ? [202, 400, 413, 422] : [200, 400];
      for (let n = 0; n < 30; n++) {
        const bytes = Uint8Array.from(Buffer.from(JSON.stringify(pick(BODIES[type], next))));
        const at = Math.floor(next() * bytes.length);
        const broken = next() < 0.4 ? bytes.slice(0, at) : bytes.with(at, Math.floor(next() * 256));
        const { status, answer } = await post(type, broken);
        expect(allowed, JSON.stringify(answer)).toContain(status);
      }
    },
  );
});

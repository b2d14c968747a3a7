/** The committed schemas in the real YAML language server: completion, hover and diagnostics over all step kinds. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { JsonSchema } from '../../src/docs/json-schema.ts';
import { editorSchemas } from '../../src/docs/schemas.ts';
import { commonSettings, definitions } from '../../src/steps/definitions.ts';
import { LanguageServer } from './language-server.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const FLOW = 'flow.schema.json';
const KINDS = Object.values(definitions);
const COMMON = Object.keys(commonSettings);
const HEAD = 'flow: test\non: signup\nsteps:\n';

let server: LanguageServer;
beforeAll(async () => {
  server = await LanguageServer.start();
});
afterAll(() => server.stop());

describe('completion', () => {
  const kinds = [...KINDS.map(({ kind }) => kind), ...COMMON].sort();

  test.each([
    ['an empty step', `${HEAD}  - |`],
    ['the beginning of a word', `${HEAD}  - wa|`],
    ['a step inside another one', `${HEAD}  - check: true\n    then:\n      - |`],
  ])('%s takes every kind, and no setting', async (_, text) => {
    expect((await server.complete(FLOW, text)).sort()).toEqual(kinds);
  });

  test.each(KINDS)('$kind: its own settings, each once', async ({ kind, settings }) => {
    const labels = await server.complete(FLOW, `${HEAD}  - ${kind}: x\n    |`);
    expect(labels.sort()).toEqual([...Object.keys(settings), ...COMMON].sort());
  });

  test('values that can be listed', async () => {
    expect(await server.complete(FLOW, 'status: |')).toEqual(['active', 'draft', 'paused', 'draining', 'stopped']);
    expect(await server.complete(FLOW, `${HEAD}  - add_to_group: a\n    opt_in: |`)).toEqual([
      'single',
      'confirmed',
      'double',
    ]);
    expect(await server.complete('mapp.schema.json', 'messages:\n  a: { channel: |')).toEqual(['email', 'sms', 'push']);
  });

  test('keys of maps', async () => {
    const wait = ['for', 'until', 'offset', 'weekdays', 'at', 'timezone'];
    expect(await server.complete(FLOW, `${HEAD}  - wait:\n      |`)).toEqual(wait);
    expect(await server.complete('test.schema.json', 'flow: a\ncases:\n  - name: b\n    |')).toContain('expect');
  });
});

describe('hover', () => {
  test.each(KINDS)('$kind says what it does', async ({ kind, summary, what }) => {
    const shown = await server.hover(FLOW, `${HEAD}  - ${kind}|: x`);
    expect(shown).toContain(summary);
    expect(shown).toContain(what.doc);
  });

  test('a key that is a kind and a setting says what it is here', async () => {
    const shown = await server.hover(FLOW, `${HEAD}  - send_email: x\n    se|t: { A: 1 }`);
    expect(shown).toContain('by the same call');
    expect(shown).not.toContain(definitions.set.summary);
  });
});

describe('diagnostics', () => {
  const flows = readdirSync(join(ROOT, 'flows')).filter((name) => /(?<!\.test)\.yaml$/.test(name));
  const tests = readdirSync(join(ROOT, 'flows')).filter((name) => name.endsWith('.test.yaml'));
  const read = (path: string) => readFileSync(join(ROOT, path), 'utf8').replaceAll('|', ' ');

  test.each([
    ...[...flows.map((name) => `flows/${name}`), 'test/plans/everything.yaml', 'test/plans/waits.yaml'].map((path) => [
      path,
      FLOW,
    ]),
    ...tests.map((name) => [`flows/${name}`, 'test.schema.json']),
    ['mapp.yaml', 'mapp.schema.json'],
    ['docs/mapp.yaml', 'mapp.schema.json'],
    ['test/diagnostics/mapp.yaml', 'mapp.schema.json'],
  ])('nothing is wrong with %s', async (path, schema) => {
    expect(await server.diagnose(schema!, read(path!))).toEqual([]);
  });

  test.each([
    ['{}', 'a step needs one key that says what it does'],
    ['sned_email: x', 'no step kind'],
    ['wait', 'must be a step'],
    ['{ wait: 1 day, match: [a] }', 'a step "wait" takes "else", "id"'],
    ['{ wait: [1 day] }', 'must be a period such as "3 days"'],
    ['{ wait: { for: 1 day, at: 9 pm } }', 'must be a clock time such as "09:00"'],
    ['{ add_to_group: a, opt_in: duble }', 'Valid values: "single", "confirmed", "double"'],
  ])('%s', async (step, message) => {
    const found = await server.diagnose(FLOW, `${HEAD}  - ${step}`);
    expect(found.map((one) => [one.line, one.message])).toEqual([[4, expect.stringContaining(message)]]);
  });
});

test('every key of every schema says what it does', () => {
  const silent: string[] = [];
  const walk = (schema: JsonSchema, path: string) => {
    for (const [key, value] of Object.entries(schema.properties ?? {})) {
      const told = value.description !== undefined || value.$ref !== undefined || value.doNotSuggest === true;
      if (!told || value.description?.startsWith('Takes')) silent.push(`${path}.${key}`);
      walk(value, `${path}.${key}`);
    }
    const inside = [schema.items, schema.additionalProperties, schema.then, schema.else, ...(schema.allOf ?? [])];
    for (const one of [...inside, ...Object.values(schema.definitions ?? {})]) {
      if (typeof one === 'object') walk(one, path);
    }
  };
  for (const [file, schema] of Object.entries(editorSchemas())) walk(schema, file);
  expect([...new Set(silent)]).toEqual([]);
});

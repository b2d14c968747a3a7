/**
 * The pages of docs/producers: their commands run against a real ingest and print what stands below them, and their tables
 * of samples are what the adapters make of them (UPDATE_GOLDEN=1 writes the tables).
 */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PROJECT, type TestIngest, testIngest } from '../../../test/support/ingest.ts';
import { compileProject } from '../../compiler/catalogue.ts';
import type { Json, JsonObject } from '../../plan/json.ts';
import { SOURCE_TYPES, type SourceType } from '../../plan/project.ts';
import { SourceText } from '../../source/text.ts';
import { readJson } from '../read-json.ts';
import { ADAPTERS } from './registry.ts';

const DOCS = new URL('../../../docs/', import.meta.url);
const page = (name: string) => readFileSync(new URL(name, DOCS), 'utf8');
const PAGES = readdirSync(new URL('producers/', DOCS)).filter((name) => name.endsWith('.md'));

const VALUES: { readonly [variable: string]: string } = {
  HOOKS_SECRET: 'whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=',
};
const secretOf = (variable: string) => VALUES[variable] ?? `value-of-${variable}`;

/** The sources of the index page. */
function declared() {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(page('producers.md'))![1]!;
  const { project, diagnostics } = compileProject(new SourceText('mapp.yaml', yaml));
  expect(diagnostics).toEqual([]);
  return project!.sources;
}

describe('commands', () => {
  let ingest: TestIngest;
  const variables: { [name: string]: string } = {};
  beforeAll(async () => {
    const sources = declared();
    const secrets: { [source: string]: string[] } = {};
    for (const [name, source] of Object.entries(sources)) {
      secrets[name] = source.secrets.map(secretOf);
      for (const variable of source.secrets) variables[variable] = secretOf(variable);
    }
    ingest = await testIngest({ project: { ...PROJECT, sources }, secrets });
  });
  afterAll(() => ingest.close());

  const commands = PAGES.flatMap((name) =>
    [...page(`producers/${name}`).matchAll(/```sh\n([\s\S]*?)```\n\n```json\n([\s\S]*?)```/g)].map(
      ([, command, answer]) => [name, command!, JSON.parse(answer!) as JsonObject] as const,
    ),
  );
  test.each(commands)('%s: %s', async (_page, command, answer) => {
    const env = { ...process.env, ...variables, INGEST: ingest.url };
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { env });
    const got = JSON.parse(stdout) as JsonObject;
    // The moment of the answer is no part of the example.
    expect({ ...got, ...('timestamp_ms' in got && { timestamp_ms: answer.timestamp_ms }) }).toEqual(answer);
  });

  test('every page has a command', () => {
    expect(new Set(commands.map(([name]) => name))).toEqual(new Set(PAGES));
  });
});

test('every type has its page, linked from the index', () => {
  for (const type of SOURCE_TYPES) expect(page('producers.md')).toContain(`[\`${type}\`](`);
  expect(PAGES.map((name) => name.replace('.md', '')).sort()).toEqual(
    SOURCE_TYPES.filter((type) => type !== 'mapp_feedback').sort(),
  );
});

test.each(PAGES.filter((name) => page(`producers/${name}`).includes('<!-- samples')))('%s: samples', (name) => {
  const text = page(`producers/${name}`);
  const fresh = text.replace(
    /<!-- samples (\S+) (.+?) -->\n[\s\S]*?<!-- \/samples -->/g,
    (_all, folder: string, pattern: string) => {
      const table = samplesTable(name.replace('.md', '') as SourceType, folder, new RegExp(`^${pattern}`));
      return `<!-- samples ${folder} ${pattern} -->\n${table}\n<!-- /samples -->`;
    },
  );
  if (process.env.UPDATE_GOLDEN) writeFileSync(new URL(`producers/${name}`, DOCS), fresh);
  else expect(text).toBe(fresh);
});

/** What each sample becomes, as a table of Markdown. */
function samplesTable(type: SourceType, folder: string, pattern: RegExp): string {
  const at = new URL(`./samples/${folder}/`, import.meta.url);
  const rows = readdirSync(at)
    .filter((file) => pattern.test(file) && !/respons/.test(file))
    .flatMap((file) => samplesRows(type, file, readJson(readFileSync(new URL(file, at)))));
  return ['| sample | becomes | of | with |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

function samplesRows(type: SourceType, file: string, sample: Json): string[] {
  // Samples of HTTP requests hold headers and a body.
  const { headers, body } = sample as { headers?: { [name: string]: string }; body?: Json };
  const request = headers === undefined || body === undefined ? { headers: {}, body: sample } : { headers, body };
  const parsed = ADAPTERS[type].parse({ ...request, source: type, received: new Date('2026-06-01T00:00:00Z') });
  const became = [
    ...parsed.events.map(({ name, contact, data }) => [name, Object.keys(contact), Object.keys(data)] as const),
    ...parsed.quarantined.map(({ reason }) => [`kept: ${reason}`, [], []] as const),
    ...(parsed.subscriptions ?? []).map(({ action }) => [`subscription, ${action}`, [], []] as const),
  ];
  if (became.length === 0) became.push(['nothing, which is answered as ever', [], []]);
  const shown = file.replace(/\.json$/, '').replaceAll('|', '\\|');
  return became.map(([what, who, fields], n) => {
    const some = [...fields.slice(0, 6), ...(fields.length > 6 ? ['…'] : [])];
    return `| ${n === 0 ? shown : ''} | ${what} | ${who.join(', ')} | ${some.join(', ')} |`;
  });
}

import { execFile } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inboxOf, type TestIngest, testIngest } from '../support/ingest.ts';
import { flows, projectWith } from './cli.ts';

const USE = `
import { createClient, FlowsError } from './client.js';
const flows = createClient({ url: process.env.FLOWS_URL!, token: 's3cret' });
const contact = { email: 'ada@example.com' };
export async function sendAll() {
  const one = await flows.send({ event: 'order_placed', contact, id: 'o-1', time: new Date(0), data: { total: 20, items: [{ sku: 'a' }] } });
  const known = { ...contact, timezone: 'Europe/Berlin', attributes: { tier: 'gold', old: null } };
  const two = await flows.send([
    { event: 'Newsletter Signup', contact, data: { since: new Date(0), day: '2026-03-27' } },
    { event: 'purchase', contact: known, consent: { email: 'granted' }, data: { order_id: 'o-1', total: 20, gift: true } },
  ]);
  // @ts-expect-error an event that the catalogue does not have
  const unknown = () => flows.send({ event: 'order_placd', contact, data: {} });
  // @ts-expect-error a field of another type
  const wrong = () => flows.send({ event: 'order_placed', contact, data: { total: '20', items: [] } });
  // @ts-expect-error a field that is missing
  const missing = () => flows.send({ event: 'order_placed', contact, data: { total: 20 } });
  let refused: unknown = null;
  try {
    await flows.send({ event: 'order_placed', contact: { email: 'nonsense' }, data: { total: 1, items: [] } });
  } catch (error) {
    if (error instanceof FlowsError) refused = [error.status, error.code, error.errors[0]?.pointer];
  }
  return { one, two, refused, unused: [unknown, wrong, missing].length };
}
`;

let ingest: TestIngest;
const project = projectWith({
  'mapp.yaml': `project: shop
events:
  order_placed: { total: double, items: [{ sku: string, price: double? }], note: string? }
  Newsletter Signup: { since: timestamp?, day: date? }
  purchase: { gift: bool? }
`,
  'package.json': '{ "type": "module" }',
  'use.ts': USE,
});
beforeAll(async () => {
  ingest = await testIngest();
});
afterAll(async () => {
  project.remove();
  await ingest.close();
});

test('flows types: the file compiles by itself, refuses what the catalogue refuses, and its client sends', async () => {
  const made = await flows(project.dir, ['types', '--out', 'client.ts', '--json']);
  expect(made).toMatchObject({ code: 0, err: '' });
  expect(JSON.parse(made.out)).toEqual({
    events: ['order_placed', 'Newsletter Signup', 'purchase'],
    file: 'client.ts',
  });
  expect((await flows(project.dir, ['types'])).out).toContain('export interface Events {');

  const tsc = resolve(import.meta.dirname, '../../node_modules/typescript/bin/tsc');
  const node = resolve(import.meta.dirname, '../../node_modules/@types');
  const types = ['--typeRoots', node, '--types', 'node', '--lib', 'es2022,dom'];
  const strict = ['--ignoreConfig', '--strict', '--noUnusedParameters', '--target', 'es2022', '--module', 'nodenext'];
  const files = [join(project.dir, 'use.ts'), join(project.dir, 'client.ts')];
  await promisify(execFile)(process.execPath, [tsc, ...types, ...strict, ...files]).catch(
    (error: { stdout: string }) => {
      throw new Error(error.stdout);
    },
  );

  // Where nothing is known of fetch, and of no library beyond the language: the file brings along what it needs.
  const bare = [
    '--ignoreConfig',
    '--strict',
    '--noEmit',
    '--target',
    'es2015',
    '--lib',
    'es2015',
    '--module',
    'esnext',
  ];
  await promisify(execFile)(process.execPath, [tsc, ...bare, files[1]!]).catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });

  process.env.FLOWS_URL = ingest.url;
  const { sendAll } = await import(pathToFileURL(join(project.dir, 'use.js')).href);
  expect(await sendAll()).toEqual({
    one: { accepted: 1, duplicates: 0, rejected: [] },
    two: { accepted: 2, duplicates: 0, rejected: [] },
    refused: [422, 'invalid_event', '/contact/email'],
    unused: 3,
  });
  const [first, second] = await inboxOf(ingest.store);
  expect(first!.event).toMatchObject({ id: 'o-1', time: '1970-01-01T00:00:00.000Z', data: { total: 20 } });
  expect(second!.event.id).toMatch(/^[0-9a-f-]{36}$/);
});

test('a catalogue without events has no types', async () => {
  const bare = projectWith({ 'mapp.yaml': 'project: shop\n' });
  const ran = await flows(bare.dir, ['types']);
  bare.remove();
  expect(ran).toMatchObject({ code: 1, out: '' });
  expect(ran.err).toContain('List them under `events`');
});

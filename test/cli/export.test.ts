import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { compileProject } from '../../src/compiler/catalogue.ts';
import { acceptEvents } from '../../src/ingest/accept.ts';
import { syncsOf } from '../../src/ingest/syncs-of.ts';
import type { CanonicalEvent } from '../../src/plan/event.ts';
import { SourceText } from '../../src/source/text.ts';
import { type DeliveryWorld, deliveryWorld } from '../support/delivery.ts';
import { flows, projectWith, startFlows } from './cli.ts';

const CATALOGUE = `project: shop
groups: { customers: "10144" }
sources:
  lytics: { type: lytics, token: LYTICS_TOKEN }
exports:
  vips: { source: lytics, audience: vip_customers, identifier: email, group: customers, attribute: vip, existing_users: true }
  once: { source: lytics, audience: gold, identifier: mail_address, group: "10144", dynamic_attributes: true, existing_users: true, backfill_only: true }
  both: { source: lytics, audience: both, identifier: mail_address, group: "10144", existing_users: true }
  last: { source: lytics, audience: bronze, identifier: mail_address, group: "10144", existing_users: true, backfill_only: true }
  later: { source: lytics, audience: silver, identifier: email, group: "10144" }
`;
const { project: catalogue } = compileProject(new SourceText('mapp.yaml', CATALOGUE));

/** a group-level attribute is a member's */
const JOINS = { group: '10144', skipUnsubscribers: 'true' };

let world: DeliveryWorld;
let env: NodeJS.ProcessEnv;
const project = projectWith({
  'mapp.yaml': CATALOGUE,
  'vips.jsonl': ['a@example.com', 'b@example.com', 'not an address', 'c@example.com']
    .map((email) => JSON.stringify({ email, name: 'x' }))
    .join('\n'),
  'gold.jsonl': '{"mail_address":"g@example.com"}\n{"mail_address":null}\n',
  'both.jsonl': '{"mail_address":"h@work.example","email":"h@example.com"}\n',
  'bad.jsonl': '{"email":"d@example.com"}\nnonsense\n',
  'members.csv': 'email,name\nd@example.com,Dora\n',
  'field.jsonl': '{"Mail":"g@example.com"}\n',
});
beforeAll(async () => {
  world = await deliveryWorld();
  env = {
    DATABASE_URL: world.store.url,
    MAPP_CONNECT_URL: world.sandboxUrl,
    MAPP_CONNECT_ID: '1cbb8aba-37c4-4f4e-a9a5-6d1e0a3f7c11',
    MAPP_CONNECT_SECRET: 'the-secret',
    MAPP_RATE: '1000',
  };
});
afterAll(async () => {
  project.remove();
  await world.close();
});

async function run(...args: string[]) {
  const ran = await startFlows(project.dir, [...args, '--json'], env).ended;
  return { code: ran.code, err: ran.err, answer: ran.out === '' ? null : JSON.parse(ran.out) };
}
let count = 0;
const live = (name: string, email: string, audience: string, time: string): CanonicalEvent => {
  const id = `live-${++count}`;
  return { name, id, dedupeKey: id, time, received: time, source: 'lytics', data: { audience }, contact: { email } };
};
const accept = (...events: CanonicalEvent[]) =>
  acceptEvents(world.store, events, [], { feedback: null, syncs: syncsOf(catalogue!), groups: null });
async function takenBy(work: () => Promise<unknown>) {
  const before = (await world.taken()).length;
  await work();
  return (await world.taken()).slice(before);
}

test('a backfill brings present members to Mapp, once, and live events go on', async () => {
  await accept(live('audience_exited', 'b@example.com', 'vip_customers', '2026-03-27T10:00:00.000Z'));
  const taken = await takenBy(async () => {
    const { code, answer } = await run('export', 'vips', '--backfill', 'vips.jsonl');
    expect({ code, answer }).toMatchObject({
      code: 0,
      answer: { export: 'vips', backfill: { lines: 4, without: 1 }, due: 0, sent: 3, rejected: 0, finished: false },
    });
  });
  // What an event told of b is newer than the file.
  expect(taken.sort((a, b) => (a.email! < b.email! ? -1 : 1))).toEqual([
    { email: 'a@example.com', '10144:vip': 'true', ...JOINS },
    { email: 'b@example.com', '10144:vip': 'false' },
    { email: 'c@example.com', '10144:vip': 'true', ...JOINS },
  ]);
  expect(await takenBy(() => run('export', 'vips', '--backfill', 'vips.jsonl'))).toEqual([]);

  // A file that has grown is another file: only what is new goes out.
  appendFileSync(join(project.dir, 'vips.jsonl'), '\n{"email":"e@example.com"}\n');
  await accept(
    live('audience_exited', 'a@example.com', 'vip_customers', '2026-03-27T11:00:00.000Z'),
    live('audience_entered', 'a@example.com', 'vip_customers', '2026-03-27T10:30:00.000Z'),
  );
  const more = await takenBy(() => run('export', 'vips', '--backfill', 'vips.jsonl'));
  expect(more.sort((a, b) => (a.email! < b.email! ? -1 : 1))).toEqual([
    { email: 'a@example.com', '10144:vip': 'false' },
    { email: 'e@example.com', '10144:vip': 'true', ...JOINS },
  ]);
});

test('a dynamic attribute, an identifier of its own, and the end of backfill_only', async () => {
  const taken = await takenBy(async () => {
    const { code, answer } = await run('export', 'once', '--backfill', 'gold.jsonl');
    expect({ code, answer }).toMatchObject({
      code: 0,
      answer: { attribute: '10144_gold', backfill: { lines: 2, without: 1 }, sent: 1, finished: true },
    });
  });
  expect(taken).toEqual([{ email: 'g@example.com', '10144_gold': 'true', ...JOINS }]);
  await accept(live('audience_exited', 'g@example.com', 'gold', '2026-03-28T10:00:00.000Z'));
  expect((await run('export', 'once')).answer).toMatchObject({ due: 0, sent: 1 });
});

test('a file of which no line names anybody is a mistake, and does not finish an export', async () => {
  const { code, err, answer } = await run('export', 'last', '--backfill', 'field.jsonl');
  expect({ code, answer }).toMatchObject({ code: 1, answer: { backfill: { lines: 1, without: 1 }, finished: false } });
  expect(err).toContain('field.jsonl holds a usable "mail_address"');
});

test('a member whom events know by another address than the field of the export is one person', async () => {
  const left = live('audience_exited', 'h@example.com', 'both', '2026-03-28T10:00:00.000Z');
  await accept({ ...left, profile: { set: { mail_address: 'h@work.example' }, unset: [] } });
  expect(await takenBy(() => run('export', 'both', '--backfill', 'both.jsonl'))).toEqual([
    { email: 'h@work.example', '10144:both': 'false' },
  ]);
});

test('a backfill that is stopped goes on where it was', async () => {
  const stopped = await flows(project.dir, ['export', 'vips', '--backfill', 'vips.jsonl', '--json'], env);
  expect(stopped.code).toBe(1);
  expect((await run('export', 'vips', '--backfill', 'vips.jsonl')).code).toBe(0);
});

test('what cannot be is refused', async () => {
  expect(await run('export', 'later', '--backfill', 'vips.jsonl')).toMatchObject({
    code: 1,
    err: expect.stringContaining('existing_users: true'),
  });
  expect((await run('export', 'vip')).err).toContain('Did you mean "vips"?');
  expect((await run('export', 'vips', '--backfill', 'absent.jsonl')).err).toContain('absent.jsonl cannot be read');
  const bad = await run('export', 'vips', '--backfill', 'bad.jsonl');
  expect(bad.code).toBe(1);
  expect(bad.err).toContain('bad.jsonl:2: the line is no JSON');
  expect(bad.err).toContain(
    '(the mistake is at character 0): each line must hold a JSON object, such as {"email": "…"}.',
  );
  expect((await run('export', 'vips', '--backfill', 'members.csv')).err).toContain(
    'members.csv:1: the line is no JSON',
  );
  // What stands before the line is in line, and goes out with the next start at the latest.
  const taken = await takenBy(() => run('export', 'vips', '--backfill', 'vips.jsonl'));
  expect(taken).toEqual([{ email: 'd@example.com', '10144:vip': 'true', ...JOINS }]);
});

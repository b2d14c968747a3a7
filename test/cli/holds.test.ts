import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedFlow, seedRun } from '../../src/operate/testing/seed.ts';
import { type TestStore, testStore } from '../support/store.ts';
import { flows, projectWith, type Ran } from './cli.ts';

let store: TestStore;
let project: ReturnType<typeof projectWith>;
const held: string[] = [];
let waiting: string;

beforeAll(async () => {
  store = await testStore();
  project = projectWith({ 'mapp.yaml': 'project: shop\ntimezone: Europe/Berlin\n' });
  await seedFlow(store);
  const since = '2026-03-01T10:00:01.000Z';
  for (const email of ['ada@example.com', 'ben@example.com', 'cleo@example.com']) {
    const position = { status: 'held', step: 'ask', kind: 'hold', since, next: null, reason: 'really?' } as const;
    held.push((await seedRun(store, { email, entered: '2026-03-01T10:00:00.000Z', position })).run);
  }
  const position = { status: 'waiting', step: 'wait_1', kind: 'wait', since, next: null } as const;
  waiting = (await seedRun(store, { email: 'dora@example.com', entered: since, position })).run;
});
afterAll(async () => {
  project.remove();
  await store.close();
});

/** Without Temporal: the positions as they were stored. */
const run = (...args: string[]): Promise<Ran> =>
  flows(project.dir, args, { DATABASE_URL: store.url, TEMPORAL_ADDRESS: '127.0.0.1:1' });
const decided = () => store.db.selectFrom('notices').select(['kind', 'body']).orderBy('created_at').execute();

test('approve and reject one run, once', async () => {
  const done = await run('approve', held[0]!, '--json');
  expect(done.code).toBe(0);
  expect(JSON.parse(done.out)).toEqual({
    as: 'approved',
    matched: 1,
    decided: [{ run: held[0], flow: 'welcome', step: 'ask', text: 'really?', since: '2026-03-01T10:00:01.000Z' }],
    refused: [],
  });
  const again = await run('reject', held[0]!);
  expect(again).toMatchObject({ code: 1, out: '0 runs rejected\n' });
  expect(again.err).toContain('not rejected: it was approved before');
  expect(await decided()).toEqual([{ kind: 'decide', body: { step: 'ask', as: 'approved' } }]);
});

test('what cannot be decided', async () => {
  expect((await run('approve', waiting)).err).toContain('is not held: it is waiting at wait_1');
  expect((await run('reject', 'welcome/nobody/1')).err).toContain('unknown run');
  expect((await run('approve', '--flow', 'welcom')).err).toContain('Did you mean "welcome"?');
  expect((await run('approve')).code).toBe(2);
  expect((await run('approve', held[1]!, '--step', 'ask')).code).toBe(2);
  expect((await run('approve', '--state', 'waiting')).code).toBe(2);
});

test('many: counted first, decided with --yes', async () => {
  await store.db.deleteFrom('notices').execute();
  const counted = await run('reject', '--state', 'held', '--step', 'ask');
  expect(counted.code).toBe(1);
  expect(counted.err).toContain('3 held runs would be rejected: add --yes to do it\n');
  expect(counted.out).toContain(`${held[0]}  ask  really?\n`);
  expect(await decided()).toEqual([]);
  const done = await run('reject', '--flow', 'welcome', '--yes');
  expect(done).toMatchObject({ code: 0, out: expect.stringContaining('3 runs rejected\n') });
  expect(await decided()).toHaveLength(3);
});

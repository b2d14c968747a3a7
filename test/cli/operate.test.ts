import { afterAll, beforeAll, expect, test } from 'vitest';
import { seedDelivery, seedFlow, seedRun } from '../../src/operate/testing/seed.ts';
import { type TestStore, testStore } from '../support/store.ts';
import { testTemporal } from '../support/temporal.ts';
import { flows, projectWith, type Ran } from './cli.ts';

let store: TestStore;
let project: ReturnType<typeof projectWith>;
let env: NodeJS.ProcessEnv;
let waiting: string;
let stuck: string;

beforeAll(async () => {
  store = await testStore();
  project = projectWith({ 'mapp.yaml': 'project: shop\ntimezone: Europe/Berlin\n' });
  const temporal = await testTemporal();
  await temporal.connection.close();
  env = { DATABASE_URL: store.url, TEMPORAL_ADDRESS: temporal.address };
  await seedFlow(store);
  const since = '2026-03-01T10:00:01.000Z';
  const ada = await seedRun(store, {
    email: 'ada@example.com',
    entered: '2026-03-01T10:00:00.000Z',
    position: { status: 'waiting', step: 'wait_1', kind: 'wait', since, next: 'until Monday' },
    trail: [{ seq: 0, at: '2026-03-01T10:00:00.000Z', step: null, kind: 'enter', what: 'newsletter_signup' }],
  });
  const bob = await seedRun(store, {
    email: 'bob@example.com',
    entered: '2026-03-02T10:00:00.000Z',
    position: { status: 'parked', step: 'mail', kind: 'send_email', since, next: null, reason: 'timeout' },
  });
  await seedDelivery(store, bob, { step: 'mail', state: 'unknown', reason: 'timeout', at: '2026-03-02T10:00:05Z' });
  waiting = ada.run;
  stuck = bob.run;
});
afterAll(async () => {
  project.remove();
  await store.close();
});

const run = (...args: string[]): Promise<Ran> => flows(project.dir, args, env);

test('runs: JSON, table, filters', async () => {
  const json = await run('runs', '--json');
  expect({ code: json.code, err: json.err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(json.out)).toMatchObject([
    {
      run: waiting,
      flow: 'welcome',
      contact: { email: 'ada@example.com' },
      state: 'waiting',
      step: 'wait_1',
      since: '2026-03-01T10:00:01.000Z',
      version: '0123456789abcdef',
    },
    { run: stuck, state: 'parked', step: 'mail', reason: 'timeout' },
  ]);
  const table = await run('runs', '--state', 'parked', '--flow', 'welcome', '--contact', 'email=BOB@example.com');
  expect(table.out).toMatch(
    /^flow +contact +state +step +since \(UTC\) +run\nwelcome +bob@example\.com +parked +mail +2026-03-01 10:00:01 +welcome\/.*\n1 run\n$/,
  );
  expect((await run('runs', '--state', 'held', '--json')).out).toBe('[]\n');
  const flow = await run('runs', '--flow', 'welcom');
  expect({ code: flow.code, out: flow.out }).toEqual({ code: 1, out: '' });
  expect(flow.err).toContain('Did you mean "welcome"?');
  expect((await run('runs', '--contact', 'email=nobody@example.com')).code).toBe(1);
});

test('show: one timeline, times in the zone of the project', async () => {
  const text = await run('show', waiting);
  expect(text.code).toBe(0);
  expect(text.out).toContain('waiting at wait_1 since 2026-03-01 11:00:01');
  expect(text.out).toContain('2026-03-01 11:00:00  enter  newsletter_signup');
  expect(JSON.parse((await run('show', waiting, '--json')).out)).toMatchObject({
    run: waiting,
    timeline: [{ kind: 'enter' }],
    deliveries: [],
  });
  expect(await run('show', 'welcome/nobody/1')).toMatchObject({ code: 1, out: '' });
});

test('deliveries: JSON, table and counts, filters', async () => {
  expect(JSON.parse((await run('deliveries', '--json')).out)).toMatchObject([
    {
      run: stuck,
      step: 'mail',
      kind: 'send_email',
      target: 'hello',
      state: 'unknown',
      reason: 'timeout',
      at: '2026-03-02T10:00:05.000Z',
    },
  ]);
  expect((await run('deliveries')).out).toContain('1 delivery: 1 unknown (1 timeout)\n');
  expect((await run('deliveries', '--since', '2026-03-03', '--json')).out).toBe('[]\n');
  expect((await run('deliveries', '--run', 'welcome/nobody/1')).code).toBe(1);
});

test('resolve: counted first, done with --yes, refused where nothing is parked', async () => {
  expect(await run('resolve', waiting, '--as', 'sent')).toMatchObject({
    code: 1,
    err: expect.stringContaining('is not parked: it is waiting at wait_1'),
  });
  expect((await run('resolve', 'welcome/nobody/1', '--as', 'sent')).err).toContain('unknown run');
  const counted = await run('resolve', '--flow', 'welcome', '--as', 'resend');
  expect(counted).toMatchObject({ code: 1, err: '1 parked step would be resolved as resend: add --yes to do it\n' });
  const done = await run('resolve', '--flow', 'welcome', '--as', 'resend', '--yes', '--json');
  expect(done.code).toBe(0);
  expect(JSON.parse(done.out)).toMatchObject({
    as: 'resend',
    matched: 1,
    resolved: [{ run: stuck, step: 'mail' }],
    refused: [],
  });
  const notices = await store.db.selectFrom('notices').select(['kind', 'body']).execute();
  expect(notices).toEqual([{ kind: 'resolve', body: { step: 'mail', as: 'resend' } }]);
});

test('without Temporal the stored positions answer, and people are told', async () => {
  const { code, out, err } = await flows(project.dir, ['runs', '--json'], { ...env, TEMPORAL_ADDRESS: '127.0.0.1:1' });
  expect(code).toBe(0);
  expect(JSON.parse(out)).toHaveLength(2);
  expect(err).toContain('as last stored');
});

test('an address where no Postgres is: one sentence', async () => {
  const { code, err } = await flows(project.dir, ['runs'], { DATABASE_URL: 'postgres://localhost:1/none' });
  expect(code).toBe(1);
  expect(err).toContain('DATABASE_URL');
  expect(err.split('\n')).toHaveLength(2);
});

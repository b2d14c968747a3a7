import { afterAll, beforeAll, expect, test } from 'vitest';
import { type TestStore, testStore } from '../support/store.ts';
import { testTemporal } from '../support/temporal.ts';
import { flows, projectWith, type Ran, startFlows } from './cli.ts';

const CATALOGUE = `
project: shop
timezone: Europe/Berlin
messages:
  hello: { channel: email, id: "1" }
sources:
  shop: { type: api, token: SHOP_TOKEN }
`;
const WELCOME = `
flow: cli-welcome
on: signup
steps:
  - send_email: hello
`;
let store: TestStore;
let project: ReturnType<typeof projectWith>;
let env: NodeJS.ProcessEnv;
const run = (...args: string[]): Promise<Ran> => flows(project.dir, args, env);

beforeAll(async () => {
  store = await testStore();
  project = projectWith({ 'mapp.yaml': CATALOGUE, 'flows/welcome.yaml': WELCOME });
  const temporal = await testTemporal();
  await temporal.connection.close();
  env = {
    DATABASE_URL: store.url,
    TEMPORAL_ADDRESS: temporal.address,
    SHOP_TOKEN: 'shop-token',
    MAPP_CONNECT_ID: 'cli-test',
    MAPP_CONNECT_SECRET: 'cli-secret',
  };
});
afterAll(async () => {
  project.remove();
  await store.close();
});

test('apply: a dry run changes nothing, then the flows are published, a broken project is not', async () => {
  const dry = JSON.parse((await run('apply', '--dry-run', '--json')).out);
  expect(dry).toMatchObject({
    dry_run: true,
    published: [{ flow: 'cli-welcome', changed: true }],
  });
  expect(await store.db.selectFrom('flows').selectAll().execute()).toEqual([]);
  expect(await run('apply')).toMatchObject({
    code: 0,
    out: expect.stringContaining('1 flow changed, 0 unchanged, 0 removed\n'),
  });
  expect((await run('apply')).out).toBe('0 flows changed, 1 unchanged, 0 removed\n');
  const paused = projectWith({ 'mapp.yaml': CATALOGUE, 'flows/welcome.yaml': `${WELCOME}status: paused\n` });
  expect((await flows(paused.dir, ['apply'], env)).out).toMatch(
    /^published cli-welcome \S+: paused now: nobody enters, people inside hold\n/,
  );
  paused.remove();
  const gone = projectWith({ 'mapp.yaml': CATALOGUE });
  const removed = 'cli-welcome: nobody enters, people inside stay held, as it was paused, until it comes back\n';
  expect((await flows(gone.dir, ['apply', '--dry-run'], env)).out).toContain(`would remove ${removed}`);
  expect((await flows(gone.dir, ['apply'], env)).out).toContain(`\nremoved ${removed}`.trimStart());
  gone.remove();
  expect((await run('apply')).out).toMatch(/^published cli-welcome \S+: for new entries\n/);
  const broken = projectWith({ 'mapp.yaml': CATALOGUE, 'flows/welcome.yaml': WELCOME.replace('hello', 'helo') });
  const refused = await flows(broken.dir, ['apply'], env);
  broken.remove();
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toContain('flows/welcome.yaml:5:17');
  expect(await store.db.selectFrom('flows').select('status').execute()).toEqual([{ status: 'active' }]);
});

test('sandbox, up, send, doctor: an event goes all the way, and everything stops', async () => {
  const mapp = startFlows(project.dir, ['sandbox', '--port', '0', '--json'], env);
  const { connect, ...ready } = JSON.parse(await mapp.first);
  expect(ready).toEqual({ ready: true, engage: connect, control: connect });
  env.MAPP_CONNECT_URL = connect;

  const doctor = await run('doctor', '--json');
  expect(JSON.parse(doctor.out).checks.filter((one: { ok: boolean }) => !one.ok)).toEqual([]);
  expect(doctor.code).toBe(0);
  expect((await flows(project.dir, ['doctor'], { ...env, MAPP_CONNECT_SECRET: 'wrong' })).out).toMatch(
    /problem {2}Mapp Connect: .*\n.*MAPP_CONNECT_SECRET/,
  );

  const up = startFlows(project.dir, ['up', '--port', '0', '--json'], env);
  const { ingest } = JSON.parse(await up.first);
  const at = { ...env, FLOWS_PORT: new URL(ingest).port };
  const send = (...args: string[]) => flows(project.dir, ['send', ...args], at);
  expect(await send('signup', '--contact', 'email=ada@example.com', '--id', '1', '--json')).toEqual({
    code: 0,
    out: `${JSON.stringify({ accepted: 1, duplicates: 0, rejected: [] }, null, 2)}\n`,
    err: '',
  });
  expect((await send('signup', '--contact', 'email=ada@example.com', '--id', '1')).out).toContain('taken before');
  const manual = await send('manual', '--flow', 'cli-welcome', '--contact', 'email=ada@example.com');
  expect(manual).toMatchObject({ code: 1, out: '' });
  const refused = await send('signup', '--contact', 'email=nonsense');
  expect(refused).toMatchObject({ code: 1, out: '' });
  expect(refused.err).toMatch(/^flows: event "signup" was refused: .*/);
  const unauthorized = await flows(project.dir, ['send', 'signup', '--contact', 'email=a@example.com'], {
    ...at,
    SHOP_TOKEN: 'wrong',
  });
  expect(unauthorized.code).toBe(1);

  const states = async () =>
    JSON.parse((await run('runs', '--json')).out).map(
      (one: { flow: string; state: string }) => `${one.flow} ${one.state}`,
    );
  await expect.poll(states).toEqual(['cli-welcome completed']);
  const deliveries = JSON.parse((await run('deliveries', '--json')).out);
  expect(deliveries.map((one: { target: string; state: string }) => `${one.target} ${one.state}`)).toEqual([
    'hello accepted',
  ]);

  up.stop();
  expect(await up.ended).toMatchObject({ code: 0 });
  const gone = await send('signup', '--contact', 'email=ada@example.com');
  expect(gone).toMatchObject({ code: 1 });
  expect(gone.err).toContain('no ingest answers');
  mapp.stop();
  expect(await mapp.ended).toMatchObject({ code: 0 });
});

test('what is wrong of log and Temporal is named with the rest', async () => {
  const wrong = { ...env, FLOWS_LOG: 'xml', FLOWS_PORT: 'http', TEMPORAL_ADDRESS: 'http://temporal' };
  const { code, err } = await flows(project.dir, ['serve'], wrong);
  expect(code).toBe(1);
  for (const name of ['FLOWS_LOG is "xml"', 'FLOWS_PORT is "http"', 'TEMPORAL_ADDRESS']) expect(err).toContain(name);
});

test('what is missing is named, all at once', async () => {
  const { code, err } = await flows(project.dir, ['up'], { DATABASE_URL: store.url, MAPP_RATE: 'many' });
  expect(code).toBe(1);
  for (const name of ['MAPP_CONNECT_URL', 'MAPP_CONNECT_ID', 'MAPP_CONNECT_SECRET', 'MAPP_RATE', 'SHOP_TOKEN']) {
    expect(err).toContain(name);
  }
  const bare = projectWith({ 'mapp.yaml': 'project: shop\ntimezone: UTC\n' });
  const serve = await flows(bare.dir, ['serve'], env);
  bare.remove();
  expect(serve).toMatchObject({ code: 1, err: expect.stringContaining('declares no source') });
});

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { builtModule } from '../support/build.ts';
import { type TestStore, testStore } from '../support/store.ts';
import { testTemporal } from '../support/temporal.ts';
import { projectWith } from './cli.ts';

let main: string;
let store: TestStore;
let project: ReturnType<typeof projectWith>;
let env: NodeJS.ProcessEnv;
const children: ChildProcess[] = [];

beforeAll(async () => {
  main = fileURLToPath(await builtModule('cli/main.ts'));
  store = await testStore();
  project = projectWith({
    'mapp.yaml': 'project: shop\ntimezone: UTC\nsources:\n  shop: { type: api, token: SHOP_TOKEN }\n',
    '.env': 'SHOP_TOKEN=from-the-file\n',
  });
  const temporal = await testTemporal();
  await temporal.connection.close();
  env = {
    PATH: process.env.PATH,
    HOME: project.dir,
    DATABASE_URL: store.url,
    TEMPORAL_ADDRESS: temporal.address,
    MAPP_CONNECT_URL: 'http://127.0.0.1:9',
    MAPP_CONNECT_ID: 'test',
    MAPP_CONNECT_SECRET: 'never-printed',
  };
});
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});
afterAll(async () => {
  project.remove();
  await store.close();
});

function start(...args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { cwd: project.dir, env, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const err = text(child.stderr).catch(() => ''); // where a test closes it
  const ended = once(child, 'exit').then(async ([code, signal]) => ({ code, signal, err: await err }));
  const first = once(child.stdout, 'data').then(([chunk]) => String(chunk).split('\n')[0]!);
  return { child, first, ended };
}

test.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('up ends in order on %s, with exit code 0', async (signal) => {
  const up = start('up', '--port', '0', '--json');
  const ready = JSON.parse(await Promise.race([up.first, up.ended.then(({ err }) => Promise.reject(new Error(err)))]));
  expect(ready).toEqual({ ready: true, ingest: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/) });
  up.child.kill(signal);
  const { code, err } = await up.ended;
  expect({ code, err: err.includes('never-printed') }).toEqual({ code: 0, err: false });
  expect(err).toContain(`stopping (${signal})`);
});

test('a worker whose log nobody reads any more goes on, and ends in order', async () => {
  const up = start('up', '--port', '0', '--json');
  const { ingest } = JSON.parse(await up.first) as { ingest: string };
  up.child.stderr!.destroy();
  const unreadable = () => fetch(`${ingest}/v1/events`, { method: 'POST', body: '{' });
  for (let n = 0; n < 3; n += 1) expect((await unreadable()).status).toBe(401);
  up.child.kill('SIGTERM'); // which it logs
  const [code, signal] = await once(up.child, 'exit');
  expect({ code, signal }).toEqual({ code: 0, signal: null });
});

test('a command ends by itself, its pipe may be closed early', async () => {
  const runs = start('runs', '--json');
  expect(await runs.ended).toEqual({ code: 0, signal: null, err: '' });
  const closed = start('check', '--json');
  closed.child.stdout!.destroy();
  expect(await closed.ended).toMatchObject({ code: 0, err: '' });
});

test('wrong usage is 2', async () => {
  expect(await start('nonsense').ended).toMatchObject({
    code: 2,
    err: expect.stringContaining("unknown command 'nonsense'"),
  });
});

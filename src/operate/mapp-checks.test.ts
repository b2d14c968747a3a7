import { afterEach, expect, test } from 'vitest';
import { ConnectClient } from '../mapp/connect.ts';
import type { Plan } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { checkMapp } from './mapp-checks.ts';
import { PLAN } from './testing/seed.ts';

const CREDENTIALS = { integrationId: 'test', secret: 'not-a-secret' };
const PROJECT: Project = {
  project: 'shop',
  timezone: 'UTC',
  timezone_attribute: null,
  messages: { hello: { channel: 'email', id: '1', parameters: null } },
  groups: { customers: '10144' },
  apps: null,
  attributes: null,
  events: null,
  sources: {},
};
const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

function sends(id: string): Plan {
  const message = { name: 'hello', id };
  const step = {
    kind: 'send_email',
    id: 'a',
    next: null,
    message,
    with: {},
    set: {},
    transaction_id: null,
    priority: 'normal',
  } as const;
  return { ...PLAN, steps: { a: step } };
}

async function check(secret: string, plan: Plan) {
  const sandbox = await startSandbox({ port: 0, dir: null, credentials: CREDENTIALS, project: PROJECT });
  const connect = new ConnectClient({
    url: sandbox.url,
    integrationId: CREDENTIALS.integrationId,
    secret,
    expUnit: 'ms',
  });
  closing.push(
    () => connect.close(),
    () => sandbox.close(),
  );
  return checkMapp(connect, sandbox.url, [plan]);
}

test('credentials, clock, and the ids that flows use', async () => {
  const checks = await check(CREDENTIALS.secret, sends('1'));
  expect(checks.map((one) => [one.check, one.ok])).toEqual([
    ['Mapp Connect', true],
    ['clock', true],
    ['email messages', true],
  ]);
});

test('a message that the account does not have', async () => {
  const last = (await check(CREDENTIALS.secret, sends('2'))).at(-1);
  expect(last).toMatchObject({ check: 'email messages', ok: false });
  expect(last!.detail).toBe('email message "hello" (id 2), used by welcome, is not in the account');
  expect(last!.remedy).toContain('mapp.yaml');
});

test('wrong credentials end the checks', async () => {
  const checks = await check('wrong', sends('1'));
  expect(checks).toHaveLength(1);
  expect(checks[0]).toMatchObject({ check: 'Mapp Connect', ok: false });
  expect(checks[0]!.remedy).toContain('MAPP_CONNECT_SECRET');
});

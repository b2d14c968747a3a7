import { afterEach, expect, test } from 'vitest';
import { ConnectClient } from '../mapp/connect.ts';
import { EngageClient } from '../mapp/engage.ts';
import type { Plan, PlanStep } from '../plan/plan.ts';
import type { Project } from '../plan/project.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import { checkEngage, withoutEngage } from './engage-checks.ts';
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

test('Engage: access, and what is missed without it', async () => {
  const engage = { user: 'api', password: 'not-a-secret' };
  const sandbox = await startSandbox({ port: 0, dir: null, credentials: CREDENTIALS, engage, project: PROJECT });
  closing.push(() => sandbox.close());
  const check = async (password: string) => {
    const client = new EngageClient({ url: sandbox.url, user: 'api', password });
    closing.unshift(() => client.close());
    return checkEngage(client, sandbox.url);
  };
  expect(await check('not-a-secret')).toMatchObject({ ok: true, detail: expect.stringContaining('API v19') });
  expect(await check('wrong')).toMatchObject({
    ok: false,
    detail: expect.stringContaining('answered 403'),
    remedy: expect.stringContaining('MAPP_ENGAGE_PASSWORD'),
  });
  const [plain] = withoutEngage([sends('1')]);
  expect(plain).toMatchObject({ ok: true, detail: expect.stringContaining('not configured') });
  const plan = sends('1');
  const step = { ...plan.steps.a, via: 'engage', on_unknown: 'reconcile' } as PlanStep;
  expect(withoutEngage([{ ...plan, steps: { a: step } }])).toEqual([
    expect.objectContaining({ ok: false, detail: expect.stringContaining('message "hello", used by welcome') }),
  ]);
  const { via: _via, ...parks } = step as PlanStep & { via: string };
  expect(withoutEngage([{ ...plan, steps: { a: parks as PlanStep } }])).toEqual([
    expect.objectContaining({ ok: true, detail: expect.stringContaining('parks (in welcome)') }),
  ]);
});

test('wrong credentials end the checks', async () => {
  const checks = await check('wrong', sends('1'));
  expect(checks).toHaveLength(1);
  expect(checks[0]).toMatchObject({ check: 'Mapp Connect', ok: false });
  expect(checks[0]!.remedy).toContain('MAPP_CONNECT_SECRET');
});

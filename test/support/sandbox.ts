import { afterEach } from 'vitest';
import { ConnectClient } from '../../src/mapp/connect.ts';
import { EngageClient } from '../../src/mapp/engage.ts';
import type { Project } from '../../src/plan/project.ts';
import { type SandboxOptions, startSandbox } from '../../src/sandbox/sandbox.ts';

export const credentials = {
  integrationId: '11111111-2222-4333-8444-555555555555',
  secret: 'sandbox-secret-0123456789abcdef',
};

export const engageCredentials = { user: 'api@shop.example', password: 'engage-password' };

export const project: Project = {
  project: 'shop',
  timezone: 'Europe/Berlin',
  timezone_attribute: null,
  messages: {
    welcome: { channel: 'email', id: '2324333335', parameters: [{ name: 'coupon', optional: true }] },
    shipped: { channel: 'sms', id: '500002', parameters: null },
    hello: { channel: 'push', id: '7001', parameters: null, app: 'shop' },
  },
  groups: { customers: '10144' },
  apps: { shop: '31' },
  attributes: { Hobbies: 'string', Purchases: 'int' },
  events: null,
  sources: {},
};

/** Run after the test, last one first. */
export const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

/** A sandbox that acts only when told to (`drain`), unless `delayMs` says otherwise. */
export async function sandbox(over: Partial<SandboxOptions> = {}) {
  const { url, close } = await startSandbox({
    port: 0,
    dir: null,
    credentials,
    engage: engageCredentials,
    project,
    delayMs: 1e9,
    ...over,
  });
  cleanups.push(close);
  const client = new ConnectClient({ url, ...credentials, expUnit: 'ms' });
  cleanups.push(() => client.close());
  const engage = new EngageClient({ url, ...engageCredentials });
  cleanups.push(() => engage.close());
  const read = async <T = unknown>(path: string) => (await (await fetch(url + path)).json()) as T;
  const send = async (method: string, path: string, body?: unknown) => {
    const answer = await fetch(url + path, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
    return { status: answer.status, body: (await answer.json()) as unknown };
  };
  const drain = () => send('POST', '/drain');
  return { url, close, client, engage, read, send, drain };
}

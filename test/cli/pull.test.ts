import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import type { Project } from '../../src/plan/project.ts';
import { credentials, project as sample, sandbox } from '../support/sandbox.ts';
import { flows, projectWith } from './cli.ts';

const removes: (() => void)[] = [];
afterEach(() => {
  for (const remove of removes.splice(0)) remove();
});

const ACCOUNT: Project = {
  ...sample,
  groups: { 'Newsletter (DE) – Größe': '10200', 'Our own': '10144', yes: '10300' },
  apps: { Shop: '31' },
  messages: {
    Welcome: { channel: 'email', id: '9007199254740993', parameters: null },
    'Order shipped': { channel: 'sms', id: '500002', parameters: null },
    'order-shipped': { channel: 'email', id: '77', parameters: null },
    'Hello!': { channel: 'push', id: '7001', parameters: null },
  },
};

const CATALOGUE = `# our catalogue
project: shop

messages:
  welcome:   { channel: email, id: "9007199254740993", parameters: [coupon?] }  # goes out first
  old_one:   { channel: email, id: "5" }
groups:
  customers: "10144"   # everybody
events:
  signup: { country: string }
`;

const PULLED = `# our catalogue
project: shop

messages:
  welcome:   { channel: email, id: "9007199254740993", parameters: [coupon?] }  # goes out first
  old_one:   { channel: email, id: "5" }
  order_shipped: { channel: email, id: "77" } # Mapp: order-shipped
  order_shipped_500002: { channel: sms, id: "500002" } # Mapp: Order shipped
  hello: { channel: push, id: "7001" } # Mapp: Hello!
groups:
  customers: "10144"   # everybody
  newsletter_de_grosse: "10200" # Mapp: Newsletter (DE) – Größe
  n_yes: "10300" # Mapp: yes
events:
  signup: { country: string }

apps:
  shop: "31" # Mapp: Shop
`;

async function shop(text: string) {
  const { dir, remove } = projectWith({ 'mapp.yaml': text });
  removes.push(remove);
  const read = () => readFileSync(join(dir, 'mapp.yaml'), 'utf8');
  const pull = async (account: Project, ...args: string[]) => {
    const { url } = await sandbox({ project: account });
    return flows(dir, ['pull', ...args], {
      MAPP_CONNECT_URL: url,
      MAPP_CONNECT_ID: credentials.integrationId,
      MAPP_CONNECT_SECRET: credentials.secret,
    });
  };
  return { dir, read, pull };
}

test('what the account has and the catalogue lacks is added; the second time changes nothing', async () => {
  const { read, pull } = await shop(CATALOGUE);
  const dry = await pull(ACCOUNT, '--dry-run', '--json');
  expect(read()).toBe(CATALOGUE);
  const { code, out } = await pull(ACCOUNT, '--json');
  expect(code).toBe(0);
  expect(read()).toBe(PULLED);
  const said = JSON.parse(out);
  expect(JSON.parse(dry.out)).toEqual({ ...said, dry_run: true });
  expect(said).toMatchObject({
    changed: true,
    renamed: [],
    gone: [{ kind: 'email message', name: 'old_one', id: '5' }],
    skipped: [],
  });
  expect(said.added).toHaveLength(6);
  expect(said.added[0]).toEqual({
    kind: 'group',
    name: 'newsletter_de_grosse',
    id: '10200',
    account: 'Newsletter (DE) – Größe',
  });
  const again = await pull(ACCOUNT, '--json');
  expect(JSON.parse(again.out)).toMatchObject({ changed: false, added: [] });
  expect(read()).toBe(PULLED);
});

test('what is called otherwise by now is told, and keeps the name that flows use', async () => {
  const { read, pull } = await shop(PULLED);
  const account = { ...ACCOUNT, groups: { 'Newsletter Germany': '10200', 'Our own': '10144', yes: '10300' } };
  const { code, out } = await pull(account);
  expect(code).toBe(0);
  expect(out).toContain(
    'group newsletter_de_grosse (id 10200) is called "Newsletter Germany" in Mapp now, no longer "Newsletter (DE) – Größe"; its name here stays\n',
  );
  expect(out).toContain('email message old_one (id 5) is not in the account');
  expect(read()).toBe(PULLED.replace('Mapp: Newsletter (DE) – Größe', 'Mapp: Newsletter Germany'));
});

test('wrong credentials change nothing', async () => {
  const { dir, read } = await shop(CATALOGUE);
  const { url } = await sandbox();
  const env = { MAPP_CONNECT_URL: url, MAPP_CONNECT_ID: credentials.integrationId, MAPP_CONNECT_SECRET: 'wrong' };
  const { code, err } = await flows(dir, ['pull'], env);
  expect(code).toBe(1);
  expect(err).toContain('Mapp Connect GET /ping answered 401');
  expect(err).toContain('Nothing was changed');
  expect(read()).toBe(CATALOGUE);
  const without = await flows(dir, ['pull']);
  expect(without.code).toBe(1);
  expect(without.err).toContain('MAPP_CONNECT_URL is not set');
});

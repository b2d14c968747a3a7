import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestTemporal, testTemporal } from '../../test/support/temporal.ts';
import { connectTemporal, temporalSettings } from './connection.ts';
import { ensureSearchAttributes } from './search-attributes.ts';

let temporal: TestTemporal;
let folder: string;
beforeAll(async () => {
  temporal = await testTemporal();
  folder = mkdtempSync(join(tmpdir(), 'mapp-flows-envconfig-'));
});
afterAll(async () => {
  await temporal.connection.close();
  rmSync(folder, { recursive: true });
});

describe('temporalSettings', () => {
  it('is a local server unless told otherwise', () => {
    const { options, namespace } = temporalSettings({ TEMPORAL_CONFIG_FILE: join(folder, 'none.toml') });
    expect({ address: options.address, namespace }).toEqual({ address: '127.0.0.1:7233', namespace: 'default' });
  });

  it('reads TEMPORAL_* and temporal.toml, the environment wins', () => {
    const file = join(folder, 'temporal.toml');
    writeFileSync(file, '[profile.default]\naddress = "cluster:7233"\nnamespace = "shop"\napi_key = "k"\n');
    const { options, namespace } = temporalSettings({ TEMPORAL_CONFIG_FILE: file, TEMPORAL_NAMESPACE: 'other' });
    expect(options).toMatchObject({ address: 'cluster:7233', apiKey: 'k', tls: true });
    expect(namespace).toBe('other');
  });

  it('says in one sentence what cannot be used', () => {
    expect(() =>
      temporalSettings({ TEMPORAL_PROFILE: 'nope', TEMPORAL_CONFIG_FILE: join(folder, 'temporal.toml') }),
    ).toThrow(
      "the Temporal settings (TEMPORAL_* variables, temporal.toml) cannot be used: Profile 'nope' not found in config data.",
    );
  });

  it('names an address that is none', () => {
    const settings = (address: string) => temporalSettings({ TEMPORAL_ADDRESS: address, TEMPORAL_CONFIG_FILE: '' });
    expect(() => settings('http://temporal:7233')).toThrow(
      'TEMPORAL_ADDRESS (or the address in temporal.toml) is "http://temporal:7233": accepted is host:port.',
    );
    for (const address of ['temporal:7233', 'temporal', '[::1]:7233', 'shop.a1b2c.tmprl.cloud:7233'])
      expect(settings(address).options.address).toBe(address);
  });
});

describe('connectTemporal', () => {
  it('names an address where nothing answers', async () => {
    const address = '127.0.0.1:1'; // a reserved port
    await expect(connectTemporal({ options: { address }, namespace: 'default' }, 500)).rejects.toThrow(
      new RegExp(
        `^Temporal at ${address} does not answer \\(.+\\): start it, or correct TEMPORAL_ADDRESS and TEMPORAL_TLS\\.$`,
      ),
    );
  });

  it('names a namespace that is not there', async () => {
    await expect(connectTemporal({ ...temporal.settings, namespace: 'nope' })).rejects.toThrow(
      `Temporal at ${temporal.address} has no namespace nope: create it (temporal operator namespace create --namespace nope)`,
    );
  });
});

it('registers missing search attributes once', async () => {
  const namespace = `test-${randomUUID()}`;
  const { connection } = temporal;
  await connection.workflowService.registerNamespace({
    namespace,
    workflowExecutionRetentionPeriod: { seconds: 86_400 as never },
  });
  // The server reads its list of namespaces anew every few seconds.
  const settled = <T>(work: () => Promise<T>) => expect.poll(() => work().catch((error: Error) => error.message));
  await settled(() => ensureSearchAttributes(connection, namespace)).toEqual(['FlowVersion', 'FlowPerson', 'FlowKey']);
  await settled(() => ensureSearchAttributes(connection, namespace)).toEqual([]);
  expect(await ensureSearchAttributes(connection, temporal.namespace)).toEqual([]);
});

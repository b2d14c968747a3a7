import { describe, expect, it } from 'vitest';
import type { Source } from '../plan/project.ts';
import { readSettings } from './settings.ts';
import { sourceSecrets } from './source-secrets.ts';

const MAPP = { MAPP_CONNECT_URL: 'https://mapp.example', MAPP_CONNECT_ID: 'id-1', MAPP_CONNECT_SECRET: 's3cret' };

describe('readSettings', () => {
  it('has a default for everything but Mapp', () => {
    expect(readSettings({}, { dev: true })).toEqual({
      problems: [],
      settings: {
        mapp: null,
        engage: null,
        rate: 10,
        batch: { events: 1_000, bytes: 1_048_576 },
        database: null,
        host: '127.0.0.1',
        port: 7080,
        bounds: {},
        encryptionKeys: [],
        codec: { token: null, origins: [] },
      },
    });
    expect(readSettings({}, { dev: false }).problems).toEqual([
      'MAPP_CONNECT_URL is not set',
      'MAPP_CONNECT_ID is not set',
      'MAPP_CONNECT_SECRET is not set',
    ]);
    expect(readSettings({}, { dev: false, mapp: false }).problems).toEqual([]);
  });

  it('reads every variable', () => {
    const { settings, problems } = readSettings(
      {
        ...MAPP,
        MAPP_CONNECT_EXP: 's',
        MAPP_ENGAGE_URL: 'https://engage.example/api/rest/v19',
        MAPP_ENGAGE_USER: 'u',
        MAPP_ENGAGE_PASSWORD: 'p',
        MAPP_RATE: '2.5',
        MAPP_BATCH_EVENTS: '1',
        MAPP_BATCH_BYTES: '4096',
        DATABASE_URL: 'postgres://u:p@db/flows',
        FLOWS_HOST: '0.0.0.0',
        FLOWS_PORT: '0',
        FLOWS_RAW_DAYS: '3',
        FLOWS_MAX_REQUESTS: '200',
        FLOWS_MAX_BACKLOG: '5000000',
        FLOWS_ENCRYPTION_KEY: Buffer.alloc(32, 7).toString('base64'),
      },
      { dev: false },
    );
    expect(problems).toEqual([]);
    expect(settings).toEqual({
      mapp: { url: 'https://mapp.example', integrationId: 'id-1', secret: 's3cret', expUnit: 's' },
      engage: { url: 'https://engage.example/api/rest/v19', user: 'u', password: 'p' },
      rate: 2.5,
      batch: { events: 1, bytes: 4_096 },
      database: 'postgres://u:p@db/flows',
      host: '0.0.0.0',
      port: 0,
      bounds: { rawDays: 3, maxRequests: 200, maxBacklog: 5_000_000 },
      encryptionKeys: [Buffer.alloc(32, 7)],
      codec: { token: null, origins: [] },
    });
  });

  it('reports all problems at once, by name, without a secret', () => {
    const { settings, problems } = readSettings(
      {
        MAPP_CONNECT_URL: 'https://me:s3cret@mapp.example',
        MAPP_CONNECT_ID: ' ',
        MAPP_CONNECT_SECRET: 's3cret',
        MAPP_CONNECT_EXP: 'seconds',
        MAPP_ENGAGE_URL: 's3cret',
        MAPP_RATE: '-1',
        MAPP_BATCH_EVENTS: '1001',
        MAPP_BATCH_BYTES: '1 MB',
        DATABASE_URL: 'mysql://me:s3cret@db',
        FLOWS_HOST: 'localhost:80',
        FLOWS_PORT: '70000',
        FLOWS_ENCRYPTION_KEY: 's3cret',
      },
      { dev: true },
    );
    expect(settings).toBeUndefined();
    expect(problems).toEqual([
      'MAPP_CONNECT_ID is not set, while MAPP_CONNECT_URL and MAPP_CONNECT_SECRET are',
      'MAPP_CONNECT_URL holds a user name or password, which have variables of their own',
      'MAPP_ENGAGE_USER is not set, while MAPP_ENGAGE_URL is',
      'MAPP_ENGAGE_PASSWORD is not set, while MAPP_ENGAGE_URL is',
      'MAPP_ENGAGE_URL is no URL: accepted is https://host, with or without a path',
      'MAPP_CONNECT_EXP is "seconds": accepted are "ms" and "s"',
      'MAPP_RATE is "-1": accepted is a number above 0, requests per second',
      'MAPP_BATCH_EVENTS is "1001": accepted is a whole number from 1 (a call for each) to 1000, events per call',
      'MAPP_BATCH_BYTES is "1 MB": accepted is a whole number from 1024, bytes per call',
      'FLOWS_PORT is "70000": accepted is a port from 0 to 65535 (0: any free one)',
      'FLOWS_HOST is "localhost:80": accepted is an address or host name of this machine, without port',
      'FLOWS_ENCRYPTION_KEY is not the base64 of 32 bytes (openssl rand -base64 32 makes one)',
      'DATABASE_URL cannot be read: accepted is postgres://user:password@host:port/database',
    ]);
    expect(problems.join()).not.toContain('s3cret');
  });

  it('refuses credentials of Engage without its address, but where the sandbox takes them', () => {
    const env = { MAPP_ENGAGE_USER: 'u', MAPP_ENGAGE_PASSWORD: 'p' };
    expect(readSettings(env, { dev: false, mapp: false }).problems).toEqual([
      'MAPP_ENGAGE_URL is not set, while MAPP_ENGAGE_USER and MAPP_ENGAGE_PASSWORD are',
    ]);
    expect(readSettings(env, { dev: true }).problems).toEqual([]);
  });

  it.each(['0', 'Infinity', '1e3', 'NaN', '0x10', 'ten'])('refuses MAPP_RATE=%s', (rate) => {
    expect(readSettings({ MAPP_RATE: rate }, { dev: true }).problems).toHaveLength(1);
  });
});

describe('sourceSecrets', () => {
  const sources: Record<string, Source> = {
    shop: { type: 'api', secrets: ['SHOP_TOKEN', 'SHOP_TOKEN_OLD'], credential: 'token' },
    mparticle: { type: 'mparticle_firehose', secrets: ['MP_SECRET'], credential: 'secret' },
    again: { type: 'api', secrets: ['MP_SECRET'], credential: 'token' },
  };

  it('takes values from the environment', () => {
    const env = { SHOP_TOKEN: 'a', SHOP_TOKEN_OLD: 'b', MP_SECRET: 'c' };
    expect(sourceSecrets({ sources }, env, { dev: false })).toEqual({
      secrets: { shop: ['a', 'b'], mparticle: ['c'], again: ['c'] },
      made: {},
      problems: [],
    });
  });

  it('names what is missing or unfit, without its value', () => {
    const { problems } = sourceSecrets({ sources }, { SHOP_TOKEN: 'a\nb' }, { dev: false });
    expect(problems).toEqual([
      'SHOP_TOKEN (the token of the source shop) holds blanks or other characters than printable ASCII',
      'SHOP_TOKEN_OLD is not set: the source shop (api) takes its token from it',
      'MP_SECRET is not set: the source mparticle (mparticle_firehose) takes its secret from it',
      'MP_SECRET is not set: the source again (api) takes its token from it',
    ]);
  });

  it('makes what is missing in dev, one value for each variable', () => {
    const { secrets, made, problems } = sourceSecrets({ sources }, { SHOP_TOKEN: 'a' }, { dev: true });
    expect(problems).toEqual([]);
    expect(Object.keys(made)).toEqual(['SHOP_TOKEN_OLD', 'MP_SECRET']);
    expect(secrets).toEqual({ shop: ['a', made.SHOP_TOKEN_OLD], mparticle: [made.MP_SECRET], again: [made.MP_SECRET] });
    expect(made.MP_SECRET).toMatch(/^[\w-]{32}$/);
  });

  it('makes a signing secret as senders write one', () => {
    const hooks = { type: 'standard_webhooks', secrets: ['HOOKS_SECRET'], credential: 'secret' } as const;
    const { made } = sourceSecrets({ sources: { hooks } }, {}, { dev: true });
    expect(made.HOOKS_SECRET).toMatch(/^whsec_[A-Za-z0-9+/]{32}$/);
  });
});

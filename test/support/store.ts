import { randomBytes, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import pg from 'pg';
import { inject } from 'vitest';
import { type PrivatePostgres, privatePostgres } from '../../src/store/private-postgres.ts';
import { openStore, type Store } from '../../src/store/store.ts';
import { withFileLock } from '../../src/system/file-lock.ts';

const TEMPLATE = 'flows_template';

/** Test data is thrown away: no test waits for the disk. */
const FAST = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

export interface TestStore extends Store {
  /** for a second store, or another process, on the same database */
  readonly url: string;
  readonly keys: readonly Buffer[];
}

let server: Promise<PrivatePostgres> | undefined;
let usualKeys: readonly Buffer[] = [];

/** From now on every store of this test file is encrypted, unless it brings keys of its own. */
export function encryptStores(): void {
  usualKeys = [randomBytes(32)];
}

/** A fresh, migrated database on the test run's Postgres server; `close` drops it. */
export async function testStore(
  options: {
    readonly max?: number;
    readonly keys?: readonly Buffer[];
    /** changes the database before it is opened */
    readonly prepare?: (url: string) => Promise<void>;
  } = {},
): Promise<TestStore> {
  server ??= startServer();
  const { url } = await server;
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await administer(url, `create database ${name} template ${TEMPLATE}`);
  const own = databaseUrl(url, name);
  await options.prepare?.(own);
  const { max, keys = usualKeys } = options;
  const store = await openStore(own, { max, keys });
  return {
    ...store,
    url: own,
    keys,
    close: async () => {
      await store.close();
      await administer(url, `drop database ${name} with (force)`);
    },
  };
}

async function startServer(): Promise<PrivatePostgres> {
  const folder = inject('testFolder');
  const postgres = await privatePostgres(folder, FAST);
  await withFileLock(join(folder, 'template.lock'), async () => {
    const known = await administer(postgres.url, `select from pg_database where datname = '${TEMPLATE}'`);
    if (known > 0) return;
    const draft = `${TEMPLATE}_draft`;
    await administer(postgres.url, `drop database if exists ${draft}`);
    await administer(postgres.url, `create database ${draft}`);
    await (await openStore(databaseUrl(postgres.url, draft))).close();
    await administer(postgres.url, `alter database ${draft} rename to ${TEMPLATE}`);
  });
  return postgres;
}

/** Runs one statement on the server's own database; answers the number of rows. */
async function administer(url: string, statement: string): Promise<number> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rowCount ?? 0;
  } finally {
    await client.end();
  }
}

function databaseUrl(url: string, database: string): string {
  const own = new URL(url);
  own.pathname = `/${database}`;
  return own.href;
}

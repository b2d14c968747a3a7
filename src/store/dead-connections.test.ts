import { sql } from 'kysely';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { until } from '../../test/support/delivery.ts';
import { type Line, openLine } from '../../test/support/line.ts';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { endDeadConnections } from './dead-connections.ts';
import { openStore } from './store.ts';

const NAME = 'dead connections';
let store: TestStore;
let line: Line;
let pool: pg.Pool;
let looks = 0;

beforeAll(async () => {
  store = await testStore();
  const url = new URL(store.url);
  line = await openLine(url.host);
  url.host = line.address;
  pool = new pg.Pool({ connectionString: url.href, application_name: NAME, max: 2 });
  pool.on('error', () => {});
  pool.on('connect', (client) => void client.on('error', () => {}));
  const connect = async () => {
    looks += 1;
    const client = new pg.Client({ connectionString: store.url });
    await client.connect();
    return client;
  };
  endDeadConnections(pool, connect, NAME, 50);
});
beforeEach(() => {
  looks = 0;
});
afterAll(async () => {
  await line?.close();
  await pool?.end();
  await store?.close();
});

/** Ends the server's process behind a connection. */
async function ended(pid: number): Promise<void> {
  await sql`select pg_terminate_backend(${pid})`.execute(store.db);
  await until(async () => {
    const left = await sql`select from pg_stat_activity where pid = ${pid}`.execute(store.db);
    return left.rows.length === 0;
  });
}

test('whoever waits on a connection that was forgotten on the way gets an error, and a new connection works', async () => {
  await pool.query('select 1');
  line.silence();
  await expect(pool.query('select 2')).rejects.toThrow('Connection terminated');
  expect((await pool.query('select 3 as n')).rows).toEqual([{ n: 3 }]);
});

test('the same where the server has ended its process', async () => {
  const { rows } = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
  line.silence();
  await ended(rows[0]!.pid);
  await expect(pool.query('select 2')).rejects.toThrow('Connection terminated');
});

test('a query that takes long, one that waits for a lock, and a client in use that asks nothing are left alone', async () => {
  const holder = await pool.connect();
  await holder.query('begin; lock table persons');
  const waiting = pool.query('select count(*) from persons');
  await until(async () => looks >= 4);
  await holder.query('commit');
  expect((await waiting).rowCount).toBe(1);
  expect((await holder.query('select 1')).rowCount).toBe(1);
  holder.release();
});

test('a connection that breaks in the middle of a transaction ends the transaction, not the process', async () => {
  const other = await openStore(store.url);
  const broken = other.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx);
    // Nobody asks anything at the moment when it breaks.
    await ended(rows[0]!.pid);
    await new Promise((resolve) => setImmediate(resolve));
    await sql`select 1`.execute(trx);
  });
  await expect(broken).rejects.toThrow();
  expect((await sql`select 1 as n`.execute(other.db)).rows).toEqual([{ n: 1 }]);
  await other.close();
});

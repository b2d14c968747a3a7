import { Migrator, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestStore, testStore } from '../../test/support/store.ts';
import { SetupError } from '../system/setup-error.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { json, openStore } from './store.ts';

let store: TestStore;
beforeAll(async () => {
  store = await testStore();
});
afterAll(() => store.close());

async function message(work: Promise<unknown>): Promise<string> {
  const error = await work.then(
    () => null,
    (caught: unknown) => caught,
  );
  expect(error).toBeInstanceOf(SetupError);
  return (error as SetupError).message;
}

describe('openStore', () => {
  it('migrates an empty database, once, however many processes open it', async () => {
    const empty = await testStore();
    await sql`drop schema public cascade`.execute(empty.db);
    await sql`create schema public`.execute(empty.db);
    const stores = await Promise.all([1, 2, 3, 4].map(() => openStore(empty.url, { max: 2 })));
    const applied = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(stores[0]!.db);
    expect(applied.rows).toEqual(Object.keys(MIGRATIONS).map((name) => ({ name })));
    await Promise.all(stores.map((opened) => opened.close()));
    await empty.close();
  });

  it('keeps jsonb values of every shape', async () => {
    const values = [{ a: [1, null] }, ['x', { y: true }], 'text', 3, null];
    for (const [index, value] of values.entries()) {
      await store.db
        .insertInto('meta')
        .values({ key: `shape ${index}`, value: json(value) })
        .execute();
    }
    const rows = await store.db
      .selectFrom('meta')
      .select('value')
      .where('key', 'like', 'shape %')
      .orderBy('key')
      .execute();
    expect(rows.map((row) => row.value)).toEqual(values);
  });

  it('gives each test a database of its own', async () => {
    const other = await testStore();
    await other.db
      .insertInto('meta')
      .values({ key: 'mine', value: json(1) })
      .execute();
    expect(await store.db.selectFrom('meta').selectAll().where('key', '=', 'mine').execute()).toEqual([]);
    await other.close();
    await expect(openStore(other.url)).rejects.toThrow('has no database of that name');
  });

  it('names the server and the remedy, never the password', async () => {
    // a reserved port
    expect(await message(openStore('postgres://me:s3cret@127.0.0.1:1/flows'))).toBe(
      "nothing answers at Postgres's address 127.0.0.1:1/flows: start the server, or correct DATABASE_URL.",
    );
    const wrong = new URL(store.url);
    wrong.password = 's3cret';
    const refused = await message(openStore(wrong.href));
    expect(refused).toContain('refused the user or password of DATABASE_URL');
    expect(refused).not.toContain('s3cret');
    expect(await message(openStore('mysql://me:s3cret@host/db'))).toBe(
      'DATABASE_URL cannot be read: accepted is postgres://user:password@host:port/database.',
    );
  });

  it('refuses a schema that a newer program made', async () => {
    const newer = await testStore();
    const later = { '999-later': { up: async () => {} } };
    const provider = { getMigrations: async () => ({ ...MIGRATIONS, ...later }) };
    await new Migrator({ db: newer.db, provider }).migrateToLatest();
    expect(await message(openStore(newer.url))).toMatch(/was made by a newer mapp-flows \(its schema has 999-later\)/);
    await newer.close();
  });
});

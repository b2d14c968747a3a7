import { sql } from 'kysely';
import pg from 'pg';
import { vi } from 'vitest';
import { type TestStore, testStore } from '../store.ts';

/**
 * One time for this process (`Date`) and its store (`now()`), which stands still until it is set. What counts by a monotonic
 * clock, such as the pace of calls to Mapp, goes on by itself: it takes milliseconds and decides nothing.
 */
export interface VirtualClock {
  readonly store: TestStore;
  /** ms since the epoch */
  now(): number;
  set(ms: number): Promise<void>;
  /** drops the store, and gives `Date` back */
  close(): Promise<void>;
}

/** `now()` is found in the schema `virtual` before Postgres's own; defaults of columns were bound to that, and are bound anew. */
const VIRTUAL = `
  create schema virtual;
  create table virtual.clock (at timestamptz not null);
  create function virtual.now() returns timestamptz language sql stable as 'select at from virtual.clock';
  do $$
  declare held record;
  begin
    for held in
      select format('alter table %s alter column %I set default virtual.now()', d.adrelid::regclass, a.attname) as change
      from pg_attrdef d join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
      where pg_get_expr(d.adbin, d.adrelid) = 'now()'
    loop
      execute held.change;
    end loop;
    execute format('alter database %I set search_path = public, virtual, pg_catalog', current_database());
  end $$`;

/** A fresh database whose clock, like that of this process, shows `start` (ms since the epoch). */
export async function virtualClock(start: number): Promise<VirtualClock> {
  const store = await testStore({ prepare: (url) => prepare(url, start) });
  vi.useFakeTimers({ toFake: ['Date'], now: start });
  return {
    store,
    now: () => Date.now(),
    async set(ms) {
      vi.setSystemTime(ms);
      await sql`update virtual.clock set at = to_timestamp(${ms / 1000}::double precision)`.execute(store.db);
    },
    async close() {
      vi.useRealTimers();
      await store.close();
    },
  };
}

async function prepare(url: string, start: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(VIRTUAL);
    await client.query('insert into virtual.clock values (to_timestamp($1))', [start / 1000]);
  } finally {
    await client.end();
  }
}

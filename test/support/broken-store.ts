/** An ingest whose way to the store can break, and somebody who can keep the store busy. */
import { sql } from 'kysely';
import pg from 'pg';
import { openStore } from '../../src/store/store.ts';
import { type TestIngest, testIngest } from './ingest.ts';
import { type Line, openLine } from './line.ts';
import { type TestStore, testStore } from './store.ts';

export interface BrokenStore {
  readonly ingest: TestIngest;
  /** between the ingest and its store */
  readonly line: Line;
  /** the same store, beside the line */
  readonly direct: TestStore;
  /** begins transactions that others wait for */
  readonly blocker: pg.Client;
  /** how many transactions wait for a lock of the inbox */
  waiting(): Promise<number>;
  close(): Promise<void>;
}

export async function brokenStore(): Promise<BrokenStore> {
  const direct = await testStore();
  const url = new URL(direct.url);
  const line = await openLine(url.host);
  url.host = line.address;
  const store = await openStore(url.href);
  const ingest = await testIngest({ store });
  const blocker = new pg.Client({ connectionString: direct.url });
  blocker.on('error', () => {});
  await blocker.connect();
  return {
    ...{ ingest, line, direct, blocker },
    async waiting() {
      // Tables of other tests' databases have the same ids: all come from one template.
      const { rows } = await sql`
        select from pg_locks l join pg_database d on d.oid = l.database
        where d.datname = current_database() and l.relation = 'inbox'::regclass and not l.granted`.execute(direct.db);
      return rows.length;
    },
    async close() {
      await blocker.end();
      await line.close(); // whoever waits for an answer that never comes hears of it now
      await ingest.close();
      await store.close();
      await direct.close();
    },
  };
}

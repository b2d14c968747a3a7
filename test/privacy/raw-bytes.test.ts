/** That a destroyed key is enough: nothing of a person can be read in any byte that Postgres and Temporal keep. */
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { destroyKeys } from '../../src/store/crypto/key-table.ts';
import type { Store } from '../../src/store/store.ts';
import { flows, projectWith } from '../cli/cli.ts';
import { cleanups } from '../support/sandbox.ts';
import { ownServers, wordsIn } from './own-servers.ts';
import { leaveTraces, markers } from './scenario.ts';

/** What reaches Temporal at all: runs, what they were told, and what they did. */
const IN_TEMPORAL = ['note', 'voucher', 'path', 'body', 'answer', 'refusal', 'emitted', 'ref', 'left', 'order', 'id'];

/** Everything the store holds, as whoever has the key reads it. */
async function readAll(store: Store): Promise<string> {
  const { rows: tables } = await sql<{ name: string }>`
    select table_name as name from information_schema.tables
    where table_schema = current_schema() and table_type = 'BASE TABLE'`.execute(store.db);
  const all = await Promise.all(
    tables.map(async ({ name }) => (await sql`select * from ${sql.table(name)}`.execute(store.db)).rows),
  );
  return JSON.stringify(all);
}

test('with a key nothing personal is in the bytes of Postgres, of its log and of Temporal, and without it nothing can be read', async () => {
  const words = markers();
  const all = Object.values(words);
  const keys = [randomBytes(32)];
  const servers = await ownServers(keys);
  const { folders, open, temporal } = servers;
  const { store, client, runs, show, said, person } = await leaveTraces(words, servers, keys);
  const named = (found: readonly string[]) =>
    Object.entries(words).flatMap(([name, word]) => (found.includes(word) ? [name] : []));
  expect(named(wordsIn(folders.postgres, all))).toEqual([]);
  expect(named(wordsIn(folders.temporal, all))).toEqual([]);
  expect(all.filter((word) => said.join('\n').includes(word))).toEqual([]);

  // Whoever has the key reads all of it.
  const before = await readAll(store);
  // A body in quarantine is under the key itself, and opened by whoever lists it.
  expect(named(all.filter((word) => !before.includes(word)))).toEqual(['quarantine']);
  const ids = (await runs()).map(({ run }) => run);
  const shown = JSON.stringify(await Promise.all(ids.map((run) => show(run))));
  expect(named(all.filter((word) => shown.includes(word)))).toEqual(
    expect.arrayContaining(['voucher', 'order', 'left']),
  );

  await store.db.transaction().execute((trx) => destroyKeys(trx, [person]));
  const again = await open();
  const after = await readAll(again);
  await again.close();
  expect(named(all.filter((word) => after.includes(word)))).toEqual([]);
  for (const run of ids) {
    const history = JSON.stringify(await client.workflow.getHandle(run).fetchHistory());
    expect(named(all.filter((word) => history.includes(word)))).toEqual([]);
  }

  const project = projectWith({ 'mapp.yaml': 'project: shop\ntimezone: Europe/Berlin\n' });
  cleanups.push(async () => project.remove());
  const { code, out, err } = await flows(project.dir, ['erase', `email=${words.email}@example.com`, '--json'], {
    DATABASE_URL: servers.store.url,
    TEMPORAL_ADDRESS: temporal.address,
    FLOWS_ENCRYPTION_KEY: keys[0]!.toString('base64'),
  });
  expect(err).toBe('');
  expect(JSON.parse(out)).toMatchObject({
    persons: 1,
    temporal: 'done',
    check: { rows: 0, found: {}, texts: true },
  });
  expect(code).toBe(0);
}, 600_000);

/** The end of a page may cut a word in two; one of its halves is whole then. A date is too short for halves to say anything. */
const pieces = (word: string): string[] => {
  const half = Math.ceil(word.length / 2);
  return word.length < 12 ? [word] : [word, word.slice(0, half), word.slice(half)];
};

test('the search finds all of it where there is no key', async () => {
  const words = markers();
  const all = Object.values(words).flatMap(pieces);
  const servers = await ownServers([]);
  await leaveTraces(words, servers, []);
  const missing = (folder: string, names: readonly string[]) => {
    const found = new Set(wordsIn(folder, all));
    return names.filter((name) => !pieces(words[name]!).some((piece) => found.has(piece)));
  };
  for (const part of ['base', 'pg_wal']) {
    expect(missing(join(servers.folders.postgres, 'postgres', part), Object.keys(words))).toEqual([]);
  }
  expect(missing(servers.folders.temporal, IN_TEMPORAL)).toEqual([]);
}, 600_000);

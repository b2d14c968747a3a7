/** The first start with a key: whatever the store held before comes into the form in which it is written from now on. */
import { type Kysely, sql } from 'kysely';
import type pg from 'pg';
import type { Sealer } from '../../system/seal.ts';
import { encryptIdentifiers } from '../crypto/encrypt-identifiers.ts';
import type { Vault } from '../crypto/vault.ts';
import { json } from '../store.ts';
import type { Tables } from '../tables.ts';
import { type Cursor, encryptPortion } from './encrypt-portion.ts';
import { PLAIN_TABLES } from './plain-tables.ts';

/** Rows in one transaction. */
const PORTION = 1_000;
/** Only who waits for longer than this is told why. */
const TOLD_EVERY_MS = 5_000;

/** Counts up when more of a row is sealed than before: everything is gone through again. */
const FORM = 1;
const MARK = 'encrypted';

/** `table`: how far it is; null: everything is done. */
interface Mark {
  readonly form: number;
  readonly table: string | null;
  readonly after: Cursor | null;
}

export interface Encrypting {
  /** opens what it reads */
  readonly db: Kysely<Tables>;
  readonly vault: Vault;
  readonly sealer: Sealer;
  /** told now and then how far it is */
  tell(line: string): void;
}

/** Whether nothing is left to be done. */
export async function isEncrypted(db: Kysely<Tables>): Promise<boolean> {
  const mark = await readMark(db);
  return mark.form === FORM && mark.table === null;
}

/**
 * Encrypts everything personal that is not, in portions, one process at a time. May be ended at any moment: the next start
 * goes on where it was. Nobody may write meanwhile who does not have the key.
 *
 * @param client of whoever holds the lock
 */
export async function encryptStore(client: pg.ClientBase, encrypting: Encrypting): Promise<void> {
  const { db, vault } = encrypting;
  if (await isEncrypted(db)) return;
  await encryptIdentifiers(client, vault);
  const mark = await readMark(db);
  const from = mark.form === FORM ? PLAIN_TABLES.findIndex(({ name }) => name === mark.table) : 0;
  let told = performance.now();
  for (const [n, table] of PLAIN_TABLES.slice(from).entries()) {
    let after = n === 0 && mark.form === FORM ? mark.after : null;
    let done = 0;
    do {
      const portion = await db.transaction().execute(async (trx) => {
        const { rows, last } = await encryptPortion(trx, table, after, PORTION, encrypting);
        const next = PLAIN_TABLES[PLAIN_TABLES.indexOf(table) + 1]?.name ?? null;
        await writeMark(trx, { form: FORM, table: last === null ? next : table.name, after: last });
        return { rows, last };
      });
      done += portion.rows;
      after = portion.last;
      if (performance.now() - told > TOLD_EVERY_MS) {
        told = performance.now();
        encrypting.tell(`encrypting what the store held before it had a key: ${table.name}, ${done} rows so far`);
      }
    } while (after !== null);
  }
}

const BEGINNING: Mark = { form: 0, table: null, after: null };

async function readMark(db: Kysely<Tables>): Promise<Mark> {
  const row = await db.selectFrom('meta').select('value').where('key', '=', MARK).executeTakeFirst();
  return row === undefined ? BEGINNING : (row.value as unknown as Mark);
}

async function writeMark(db: Kysely<Tables>, mark: Mark): Promise<void> {
  await sql`
    insert into meta (key, value) values (${MARK}, ${json(mark)}::jsonb)
    on conflict (key) do update set value = excluded.value`.execute(db);
}

import { type Kysely, type RawBuilder, sql, type Transaction } from 'kysely';
import { json } from '../store.ts';
import type { Tables } from '../tables.ts';
import type { PlainTable, Sealing } from './plain-tables.ts';

/** The key of the last row that is done, as texts. */
export type Cursor = readonly string[];

type Row = { readonly [column: string]: unknown };

/**
 * Brings the next rows behind the cursor into the form of an encrypted store, inside the transaction that moves the cursor:
 * each is done once. Parts that are sealed already come sealed anew. Answers how many there were, and the last one's key.
 */
export async function encryptPortion(
  trx: Transaction<Tables>,
  table: PlainTable,
  after: Cursor | null,
  limit: number,
  { vault, sealer }: Omit<Sealing, 'db'>,
): Promise<{ readonly rows: number; readonly last: Cursor | null }> {
  const rows = await nextRows(trx, table, after, limit);
  if (rows.length === 0) return { rows: 0, last: null };
  if (table.person !== null) await vault.keys.provide([...new Set(rows.map(({ person }) => person as string))]);
  const sealed = await table.seal(rows, { db: trx, vault, sealer });
  await write(
    trx,
    table,
    rows.map((row, n) => ({ ...row, ...sealed[n] })),
  );
  return { rows: rows.length, last: Object.keys(table.key).map((column) => String(rows.at(-1)![column])) };
}

async function nextRows(
  trx: Kysely<Tables>,
  { name, key, columns, beside = [], person, join = '' }: PlainTable,
  after: Cursor | null,
  limit: number,
): Promise<readonly Row[]> {
  const keys = list(Object.keys(key));
  const behind =
    after === null
      ? sql`true`
      : sql`(${keys}) > (${sql.join(Object.values(key).map((type, n) => sql`${after[n]}::${sql.raw(type)}`))})`;
  const { rows } = await sql<Row>`
    select ${list([...new Set([...Object.keys(key), ...Object.keys(columns), ...beside])])}
      ${person === null ? sql`` : sql`, ${sql.raw(person)} as person`}
    from ${sql.table(name)} t ${sql.raw(join)}
    where ${behind} order by ${keys} limit ${limit} for update of t`.execute(trx);
  return rows;
}

async function write(trx: Kysely<Tables>, { name, key, columns }: PlainTable, rows: readonly Row[]): Promise<void> {
  const types = [...Object.entries(key), ...Object.entries(columns)].map(
    ([column, type]) => sql`${sql.ref(column)} ${sql.raw(type === 'value' ? 'jsonb' : type)}`,
  );
  const set = Object.entries(columns).map(([column, type]) => {
    const given = sql.ref(`n.${column}`);
    return sql`${sql.ref(column)} = ${type === 'text' ? given : type === 'jsonb' ? sql`nullif(${given}, 'null')` : sql`coalesce(${given}, 'null')`}`;
  });
  const same = Object.keys(key).map((column) => sql`${sql.ref(`t.${column}`)} = ${sql.ref(`n.${column}`)}`);
  await sql`
    update ${sql.table(name)} t set ${sql.join(set)}
    from jsonb_to_recordset(${json(rows)}::jsonb) as n (${sql.join(types)})
    where ${sql.join(same, sql` and `)}`.execute(trx);
}

function list(columns: readonly string[]): RawBuilder<unknown> {
  return sql.join(columns.map((column) => sql.ref(`t.${column}`)));
}

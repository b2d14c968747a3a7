import { CompiledQuery, type Kysely } from 'kysely';
import type pg from 'pg';
import { vaultOf } from '../store/crypto/vault.ts';
import type { Store } from '../store/store.ts';
import type { Tables } from '../store/tables.ts';

/** One statement of the ledger. Plain SQL under a name: Postgres plans it once per connection, not once per batch. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** ms after which the store counts as away. What it may have done nevertheless is found out at the next attempt. */
const STORE_TIMEOUT_MS = 5_000;

/** Rows come opened where the store is encrypted. */
export async function query<Row>(store: Store, statement: Statement, values: readonly unknown[]): Promise<Row[]> {
  // `query_timeout` is missing from @types/pg's QueryConfig
  const config: pg.QueryConfig & { query_timeout: number } = {
    name: statement.name,
    text: statement.text,
    values: [...values],
    query_timeout: STORE_TIMEOUT_MS,
  };
  const result = await store.pool.query(config);
  return (await vaultOf(store.db)?.open(result.rows as Row[])) ?? (result.rows as Row[]);
}

/** The same inside somebody's transaction. */
export async function queryIn<Row>(
  trx: Kysely<Tables>,
  statement: Statement,
  values: readonly unknown[],
): Promise<Row[]> {
  const result = await trx.executeQuery<Row>(CompiledQuery.raw(statement.text, [...values]));
  return result.rows;
}

/** SQLSTATE classes 22 (data) and 23 (constraint): one row's content may be to blame, the store is not away. */
export function mayBeOneRow(error: unknown): boolean {
  const code = (error as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' && /^2[23]/.test(code);
}

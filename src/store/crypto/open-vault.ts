/** The encryption of a store: whether it is, and by which keys. */
import { randomBytes } from 'node:crypto';
import type pg from 'pg';
import { SetupError } from '../../system/setup-error.ts';
import { createKeyTable, STORE_KEY } from './key-table.ts';
import { masterKeys } from './master-keys.ts';
import { createVault, type Vault } from './vault.ts';

export interface OpenedVault {
  readonly vault: Vault;
  /** Does something that one process may do at a time; the client is its own. `waiting` is told where another one does it. */
  alone(work: (client: pg.ClientBase) => Promise<void>, waiting: () => void): Promise<void>;
  close(): Promise<void>;
}

/** Of whoever encrypts what was there before. */
const LOCK = 7_041_963;

/**
 * Opens the keys of a store. The first process that comes with a key makes the store's own.
 *
 * @param pool of the store
 * @param another makes one on the same database
 * @param keys `FLOWS_ENCRYPTION_KEY`, then the old ones; none: null, and the store must be a plain one
 * @throws SetupError the key is missing, or another one
 */
export async function openVault(
  pool: pg.Pool,
  another: () => pg.Pool,
  keys: readonly Buffer[],
): Promise<OpenedVault | null> {
  const [current, ...old] = keys;
  if (current === undefined) {
    if ((await storeKey(pool)) === null) return null;
    throw new SetupError(
      'the store is encrypted and FLOWS_ENCRYPTION_KEY is not set: set it to the key that the store was encrypted with.',
    );
  }
  const own = another();
  try {
    return {
      vault: await open(own, [current, ...old]),
      alone: (work, waiting) => alone(own, work, waiting),
      close: () => own.end(),
    };
  } catch (error) {
    await own.end();
    throw error;
  }
}

async function open(pool: pg.Pool, keys: readonly [Buffer, ...Buffer[]]): Promise<Vault> {
  let stored = await storeKey(pool);
  const masters = masterKeys(keys);
  if (stored === null) {
    const { wrapped } = masters.wrap(randomBytes(32));
    await pool.query('insert into keys (id, master, wrapped) values ($1, $2, $3) on conflict do nothing', [
      STORE_KEY,
      masters.current,
      wrapped,
    ]);
    stored = (await storeKey(pool))!;
  }
  const key = masters.unwrap(stored);
  if (key === null) {
    throw new SetupError(
      keys.length === 1
        ? 'FLOWS_ENCRYPTION_KEY is not the key that this store is encrypted with: set that one, and where the key was changed, name the old one in FLOWS_ENCRYPTION_OLD_KEYS.'
        : 'neither FLOWS_ENCRYPTION_KEY nor any of FLOWS_ENCRYPTION_OLD_KEYS is the key that this store is encrypted with.',
    );
  }
  return createVault(createKeyTable(pool, masters), key, masters);
}

async function storeKey(pool: pg.Pool): Promise<{ master: string; wrapped: Buffer } | null> {
  const { rows } = await pool.query<{ master: string; wrapped: Buffer }>(
    'select master, wrapped from keys where id = $1',
    [STORE_KEY],
  );
  return rows[0] ?? null;
}

async function alone(
  pool: pg.Pool,
  work: (client: pg.ClientBase) => Promise<void>,
  waiting: () => void,
): Promise<void> {
  const client = await pool.connect();
  try {
    const { rows } = await client.query<{ free: boolean }>('select pg_try_advisory_lock($1::bigint) as free', [LOCK]);
    if (!rows[0]!.free) {
      waiting();
      await client.query('select pg_advisory_lock($1::bigint)', [LOCK]);
    }
    try {
      await work(client);
    } finally {
      await client.query('select pg_advisory_unlock($1::bigint)', [LOCK]);
    }
  } finally {
    client.release();
  }
}

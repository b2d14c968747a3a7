import { Kysely, Migrator, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import { createSealer } from '../system/seal.ts';
import { SetupError } from '../system/setup-error.ts';
import { type OpenedVault, openVault } from './crypto/open-vault.ts';
import { OpeningPlugin } from './crypto/vault.ts';
import { endDeadConnections } from './dead-connections.ts';
import { encryptStore, isEncrypted } from './encrypt/encrypt-store.ts';
import { MIGRATIONS } from './migrations/index.ts';
import { explainPostgres, serverName } from './postgres-errors.ts';
import type { Tables } from './tables.ts';

export interface Store {
  readonly db: Kysely<Tables>;
  readonly pool: pg.Pool;
  /** The same store over `max` connections of its own, for whoever must not wait behind the others. Closed by whoever asked. */
  apart(max: number): { readonly db: Kysely<Tables>; close(): Promise<void> };
  /** waits for queries in flight, then closes every connection */
  close(): Promise<void>;
}

/** Tells the connections of this process from those of others (`private-postgres.ts` asks before it ends the server). */
export const APPLICATION_NAME = `mapp-flows ${process.pid}`;

/** The oldest server our SQL is written for. */
const OLDEST_SERVER = 15;

/**
 * Connects to Postgres and brings its schema up to date; several processes may do so at once (Kysely's advisory lock).
 * The first one that comes with a key encrypts what there is, before anybody reads or writes.
 *
 * @param url `postgres://user:password@host:port/database`
 * @param options `max`: connections of this process's pool, 10 unless told; `keys`: `FLOWS_ENCRYPTION_KEY` and the old ones;
 *   `tell` hears now and then how far a long encryption is
 * @throws SetupError out of reach, refused, older than Postgres 15, with a schema newer than this program, or encrypted
 *   with another key
 */
export async function openStore(
  url: string,
  options: { readonly max?: number; readonly keys?: readonly Buffer[]; readonly tell?: (line: string) => void } = {},
): Promise<Store> {
  const name = serverName(url);
  const pool = makePool(url, options.max ?? 10);
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
  const { keys = [], tell = () => {} } = options;
  let opened: OpenedVault | null = null;
  try {
    await checkServer(db, name);
    await migrate(db, name);
    opened = await openVault(pool, () => makePool(url, KEY_CONNECTIONS), keys);
    const vault = opened?.vault ?? null;
    const opening = (one: Kysely<Tables>) => (vault === null ? one : one.withPlugin(new OpeningPlugin(vault)));
    if (opened !== null) await encryptOnce(opened, opening(db), keys, tell);
    return {
      db: opening(db),
      pool,
      apart: (max) => {
        const other = new Kysely<Tables>({ dialect: new PostgresDialect({ pool: makePool(url, max) }) });
        return { db: opening(other), close: () => other.destroy() };
      },
      close: async () => {
        await db.destroy();
        await opened?.close();
      },
    };
  } catch (error) {
    await db.destroy();
    await opened?.close();
    throw explainPostgres(error, name);
  }
}

async function encryptOnce(
  { vault, alone }: OpenedVault,
  db: Kysely<Tables>,
  keys: readonly Buffer[],
  tell: (line: string) => void,
): Promise<void> {
  if (await isEncrypted(db)) return;
  await alone(
    (client) => encryptStore(client, { db, vault, sealer: createSealer(keys), tell }),
    () => tell('another process is encrypting what the store held before it had a key: waiting for it'),
  );
}

/** Whoever asks for keys may hold a connection already: two of their own, so that one slow query keeps nobody waiting. */
const KEY_CONNECTIONS = 2;

function makePool(url: string, max: number): pg.Pool {
  const settings = {
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: APPLICATION_NAME,
    keepAlive: true,
  };
  const pool = new pg.Pool({ ...settings, max });
  // A connection that breaks while idle is replaced by the pool; its next user hears of a server that stays away.
  pool.on('error', () => {});
  // Of one that breaks in somebody's hands, they hear by their query; without a listener Node would end the process.
  pool.on('connect', (client) => void client.on('error', () => {}));
  endDeadConnections(pool, () => connectOne(settings), APPLICATION_NAME);
  return pool;
}

async function connectOne(settings: pg.ClientConfig): Promise<pg.Client> {
  const client = new pg.Client(settings);
  client.on('error', () => {});
  await client.connect();
  return client;
}

/** A value for a jsonb column. (pg would send an array as a Postgres array, and a string as bare text.) */
export function json(value: unknown): string {
  return JSON.stringify(value);
}

async function checkServer(db: Kysely<Tables>, name: string): Promise<void> {
  const { rows } = await sql<{ server_version: string }>`show server_version`.execute(db);
  const version = rows[0]!.server_version;
  if (Number.parseInt(version, 10) < OLDEST_SERVER) {
    throw new SetupError(
      `Postgres at ${name} is version ${version}: version ${OLDEST_SERVER} or newer is needed; upgrade it, or set DATABASE_URL to another server.`,
    );
  }
}

async function migrate(db: Kysely<Tables>, name: string): Promise<void> {
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...MIGRATIONS }) } });
  const unknown = await unknownMigrations(db);
  if (unknown.length > 0) {
    throw new SetupError(
      `the database at ${name} was made by a newer mapp-flows (its schema has ${unknown.join(', ')}): update mapp-flows, or set DATABASE_URL to another database.`,
    );
  }
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error;
}

async function unknownMigrations(db: Kysely<Tables>): Promise<string[]> {
  const { rows } = await sql<{ there: boolean }>`select to_regclass('kysely_migration') is not null as there`.execute(
    db,
  );
  if (!rows[0]!.there) return [];
  const applied = await sql<{ name: string }>`select name from kysely_migration order by name`.execute(db);
  return applied.rows.map((row) => row.name).filter((migration) => !(migration in MIGRATIONS));
}

/** The data keys in the store, and the few kept in memory. */
import { randomBytes } from 'node:crypto';
import { CompiledQuery, type Kysely, sql } from 'kysely';
import type pg from 'pg';
import type { Tables } from '../tables.ts';
import type { MasterKeys } from './master-keys.ts';

/** The key of what belongs to no single person, and of look-ups. */
export const STORE_KEY = '00000000-0000-0000-0000-000000000000';

/** A destroyed key must not live on in memory for long. */
const KEPT_MS = 30_000;
const KEPT_AT_MOST = 50_000;

/** The person was erased: nothing can be encrypted for them any more. */
export class PersonErased extends Error {
  override readonly name = 'PersonErased';
  readonly person: string;
  constructor(person: string) {
    super(`person ${person} was erased: their key is destroyed`);
    this.person = person;
  }
}

/** `destroyed`: there was one. Undefined: there never was. */
export type FoundKey = Buffer | 'destroyed' | undefined;

export interface KeyTable {
  /** Keys of ids, in one query for all that are asked for in the same tick. */
  find(ids: readonly string[]): Promise<Map<string, FoundKey>>;
  /** The same; made where there never was one. Throws PersonErased. */
  provide(ids: readonly string[]): Promise<Map<string, Buffer>>;
  /** Makes keys of new persons, inside the transaction that makes them. */
  create(trx: Kysely<Tables>, ids: readonly string[]): Promise<void>;
  /** Drops keys that were destroyed from memory; other processes have them for half a minute yet. */
  forget(ids: readonly string[]): void;
}

interface KeyRow {
  readonly id: string;
  readonly master: string | null;
  readonly wrapped: Buffer | null;
}

/** @param pool of its own: whoever asks may hold a connection of the store's already, and all of them may */
export function createKeyTable(pool: pg.Pool, masters: MasterKeys): KeyTable {
  const kept = new Map<string, { readonly key: Buffer; readonly until: number }>();
  let asked: Set<string> | null = null;
  let answer: Promise<Map<string, FoundKey>>;

  function keep(id: string, key: Buffer): void {
    if (kept.size >= KEPT_AT_MOST) kept.clear();
    kept.set(id, { key, until: performance.now() + KEPT_MS });
  }

  function inMemory(id: string): Buffer | undefined {
    const found = kept.get(id);
    if (found === undefined || found.until > performance.now()) return found?.key;
    kept.delete(id);
    return undefined;
  }

  function unwrapped({ id, master, wrapped }: KeyRow): Buffer | 'destroyed' {
    if (wrapped === null || master === null) return 'destroyed';
    const key = masters.unwrap({ master, wrapped });
    if (key === null) {
      throw new Error(
        `the data key of ${id} is under the encryption key ${master}, which is neither FLOWS_ENCRYPTION_KEY nor in FLOWS_ENCRYPTION_OLD_KEYS`,
      );
    }
    keep(id, key);
    return key;
  }

  async function load(ids: readonly string[]): Promise<Map<string, FoundKey>> {
    const { rows } = await pool.query<KeyRow>({
      name: 'keys-load',
      text: 'select id::text, master, wrapped from keys where id = any($1::uuid[])',
      values: [ids],
    });
    return new Map(rows.map((row) => [row.id, unwrapped(row)]));
  }

  function loadTogether(ids: readonly string[]): Promise<Map<string, FoundKey>> {
    if (asked === null) {
      const group = new Set<string>();
      asked = group;
      answer = new Promise((resolve) => setImmediate(resolve)).then(() => {
        asked = null;
        return load([...group]);
      });
    }
    for (const id of ids) asked.add(id);
    return answer;
  }

  async function find(ids: readonly string[]): Promise<Map<string, FoundKey>> {
    const found = new Map<string, FoundKey>(ids.map((id) => [id, inMemory(id)]));
    const missing = [...found].filter(([, key]) => key === undefined).map(([id]) => id);
    if (missing.length === 0) return found;
    const loaded = await loadTogether(missing);
    for (const id of missing) found.set(id, loaded.get(id));
    return found;
  }

  return {
    find,
    async provide(ids) {
      let found = await find(ids);
      const without = ids.filter((id) => found.get(id) === undefined);
      if (without.length > 0) {
        const { text, values } = insertion(without, masters);
        await pool.query(text, values);
        // Another process may have been first: only what stands in the table counts.
        found = new Map([...found, ...(await load(without))]);
      }
      return new Map(
        [...found].map(([id, key]) => {
          if (key === 'destroyed' || key === undefined) throw new PersonErased(id);
          return [id, key];
        }),
      );
    },
    async create(trx, ids) {
      if (ids.length === 0) return;
      const keys = new Map(ids.map((id) => [id, randomBytes(32)]));
      const { text, values } = insertion(ids, masters, keys);
      await trx.executeQuery(CompiledQuery.raw(text, values));
      for (const [id, key] of keys) keep(id, key);
    },
    forget(ids) {
      for (const id of ids) kept.delete(id);
    },
  };
}

function insertion(ids: readonly string[], masters: MasterKeys, keys?: ReadonlyMap<string, Buffer>) {
  const sorted = [...new Set(ids)].sort();
  return {
    text: `insert into keys (id, master, wrapped) select id, $2, wrapped from unnest($1::uuid[], $3::bytea[]) as k(id, wrapped)
      on conflict (id) do nothing`,
    values: [
      sorted,
      masters.current,
      sorted.map((id) => masters.wrap(keys?.get(id) ?? randomBytes(32)).wrapped),
    ] as unknown[],
  };
}

/** Destroys the keys for good, in the transaction that erases the persons. The row stays: no new key may take its place. */
export async function destroyKeys(trx: Kysely<Tables>, ids: readonly string[]): Promise<void> {
  await sql`
    insert into keys (id, destroyed_at) select id, now() from unnest(${[...ids]}::uuid[]) as e(id)
    on conflict (id) do update set master = null, wrapped = null, destroyed_at = now()`.execute(trx);
}

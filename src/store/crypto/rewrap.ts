import { sql } from 'kysely';
import type { Sealer } from '../../system/seal.ts';
import { SetupError } from '../../system/setup-error.ts';
import { quarantinedBodies } from '../quarantine-bodies.ts';
import type { Store } from '../store.ts';
import { vaultOf } from './vault.ts';

const PORTION = 1_000;

/** What was under another key than `FLOWS_ENCRYPTION_KEY`, and is under it now. */
export interface Rewrapped {
  readonly keys: number;
  /** of the quarantine */
  readonly bodies: number;
}

/**
 * Puts every data key, and every body in quarantine, under the key in use, so that the old ones can be given up. Nothing
 * else is encrypted anew: data keys stay what they are. May run beside everything else, be ended, and be repeated.
 *
 * @param sealer of all keys, the one in use first
 * @throws SetupError the store is not encrypted, or something is under a key that nobody gave
 */
export async function rewrap(store: Store, sealer: Sealer, current: Sealer): Promise<Rewrapped> {
  const vault = vaultOf(store.db);
  if (vault === null) throw new SetupError('the store is not encrypted: set FLOWS_ENCRYPTION_KEY first.');
  const { masters } = vault;
  let keys = 0;
  for (;;) {
    const rows = await store.db
      .selectFrom('keys')
      .select(['id', 'master', 'wrapped'])
      .where('master', '<>', masters.current)
      .limit(PORTION)
      .execute();
    if (rows.length === 0) break;
    const fresh = rows.map(({ id, master, wrapped }) => {
      const key = masters.unwrap({ master: master!, wrapped: wrapped! });
      if (key === null) {
        throw new SetupError(
          `data keys are under the encryption key ${master}, which is neither FLOWS_ENCRYPTION_KEY nor in FLOWS_ENCRYPTION_OLD_KEYS: add it there.`,
        );
      }
      return { id, before: master!, wrapped: masters.wrap(key).wrapped };
    });
    await sql`
      update keys k set master = ${masters.current}, wrapped = n.wrapped
      from unnest(${fresh.map(({ id }) => id)}::uuid[], ${fresh.map(({ before }) => before)}::text[],
        ${fresh.map(({ wrapped }) => wrapped)}::bytea[]) as n (id, before, wrapped)
      where k.id = n.id and k.master = n.before`.execute(store.db);
    keys += rows.length;
  }
  return { keys, bodies: await resealBodies(store, sealer, current) };
}

async function resealBodies(store: Store, sealer: Sealer, current: Sealer): Promise<number> {
  let resealed = 0;
  for await (const rows of quarantinedBodies(store.db)) {
    for (const { id, body } of rows) {
      const text = current.open(body) === null ? sealer.open(body) : null;
      if (text === null) continue;
      await store.db
        .updateTable('quarantine')
        .set({ body: current.seal(text) })
        .where('id', '=', id)
        .where('body', '=', body)
        .execute();
      resealed += 1;
    }
  }
  return resealed;
}

import { randomUUID } from 'node:crypto';
import { json, type Store } from './store.ts';

const KEY = 'store';

/** A random id, made once for each store. What it names in Temporal keeps the runs of several projects on one server apart. */
export async function storeId(store: Store): Promise<string> {
  await store.db
    .insertInto('meta')
    .values({ key: KEY, value: json(randomUUID()) })
    .onConflict((conflict) => conflict.column('key').doNothing())
    .execute();
  const row = await store.db.selectFrom('meta').select('value').where('key', '=', KEY).executeTakeFirstOrThrow();
  return row.value as string;
}

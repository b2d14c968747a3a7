import { SetupError } from '../system/setup-error.ts';
import { json, type Store } from './store.ts';

const KEY = 'temporal';

/** `clusterIdentity` of src/temporal: ids that live and die with Temporal's data. */
type Identity = { readonly cluster: string; readonly namespace: string };

/** Forgets the remembered Temporal: the next one that the store meets is taken. */
export async function forgetCluster(store: Store): Promise<void> {
  await store.db.deleteFrom('meta').where('key', '=', KEY).execute();
}

/** Whether the store has met its Temporal. */
export async function knowsCluster(store: Store): Promise<boolean> {
  const row = await store.db.selectFrom('meta').select('key').where('key', '=', KEY).executeTakeFirst();
  return row !== undefined;
}

/**
 * Ties the store to the Temporal on which its runs live. The first Temporal is remembered; with another one we must not
 * act: an empty one would close every run and let everybody enter again.
 *
 * @param options `adopt`: from now on it is this one (`flows doctor --adopt`)
 * @throws SetupError another Temporal than the remembered one
 */
export async function checkCluster(
  store: Store,
  identity: Identity,
  options: { readonly adopt: boolean } = { adopt: false },
): Promise<void> {
  const value = json({ cluster: identity.cluster, namespace: identity.namespace });
  const insert = store.db.insertInto('meta').values({ key: KEY, value });
  if (options.adopt) {
    await insert.onConflict((conflict) => conflict.column('key').doUpdateSet({ value })).execute();
    return;
  }
  await insert.onConflict((conflict) => conflict.column('key').doNothing()).execute();
  const row = await store.db.selectFrom('meta').select('value').where('key', '=', KEY).executeTakeFirstOrThrow();
  const known = row.value as Identity;
  const differing = (['cluster', 'namespace'] as const).filter((part) => known[part] !== identity[part]);
  if (differing.length > 0) {
    throw new SetupError(
      `this Temporal is not the one on which the runs of this store live (another ${differing.join(' and ')}): correct TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE or DATABASE_URL; if the old one is gone for good, flows doctor --adopt takes this one.`,
    );
  }
}
